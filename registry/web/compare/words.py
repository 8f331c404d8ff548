"""The difference of two contents in words: the line on top of a comparison."""

from collections.abc import Iterator, Sequence
from typing import Any

from registry.domain.diff import Comparison, FieldChange

LONGEST = 40  # characters of a value inside a sentence
MOST = 4  # names or fields listed before "and 3 more"


def summary_words(found: Comparison) -> list[str]:
    """Return short phrases, the most telling first; empty when nothing differs."""
    counted = found.summary
    phrases = [
        f"{found.kinds[0]} prompt became {found.kinds[1]}" if found.kinds else "",
        _words(counted.words_added, counted.words_removed),
        _text_only(found),
        _messages(counted.messages_added, "added"),
        _messages(counted.messages_removed, "removed"),
        _messages(counted.messages_moved, "moved"),
        *variable_words(found),
        *field_words(found.config),
        "output schema changed" if found.output_schema else "",
        "declaration of variables changed" if found.variables.changed else "",
    ]
    return [phrase for phrase in phrases if phrase]


def variable_words(found: Comparison) -> list[str]:
    """Return what happened to the variables."""
    variables = found.variables
    phrases = [
        f"new variable{_s(variables.added)} {_listed(variables.added)}" if variables.added else "",
        f"variable{_s(variables.removed)} {_listed(variables.removed)} gone"
        if variables.removed
        else "",
        *(f"variable {old} is now {new}" for old, new in variables.renamed[:MOST]),
    ]
    return [phrase for phrase in phrases if phrase]


def field_words(changes: Sequence[FieldChange]) -> list[str]:
    """Return each changed field: `temperature 0.2 → 0`."""
    phrases = [_field(change) for change in changes[:MOST]]
    more = len(changes) - MOST
    return phrases + ([f"{more} more field{_plural(more)}"] if more > 0 else [])


def value_words(value: Any) -> str:
    """Return a JSON value as people read it: no quotes and braces, yes and no for booleans.

    A list of plain values stands in one line, an object in one line for each path.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) or (isinstance(value, list) and any(map(_is_nested, value))):
        return "\n".join(_paths(value, "")) or "empty"
    if isinstance(value, list):
        return ", ".join(map(value_words, value)) or "empty"
    return str(value)


def _paths(value: Any, prefix: str) -> Iterator[str]:
    """Yield `path: value` for everything inside an object or a list, numbered from 1."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value, 1)
    for key, item in pairs:
        path = f"{prefix}{key}"
        if _is_nested(item) and item:
            yield from _paths(item, f"{path}.")
        else:
            yield f"{path}: {value_words(item)}"


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_is_nested, value)))


def _field(change: FieldChange) -> str:
    if change.what == "removed":
        return f"{change.path} no longer set"
    if _is_nested(change.old) or _is_nested(change.new):
        return f"{change.path} {'set' if change.what == 'added' else 'changed'}"
    if change.what == "added":
        return f"{change.path} set to {_short(change.new)}"
    return f"{change.path} {_short(change.old)} → {_short(change.new)}"


def _short(value: Any) -> str:
    text = " ".join(value_words(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _words(added: int, removed: int) -> str:
    """Return `18 words added, 3 removed`."""
    if added and removed:
        return f"{added:,} word{_plural(added)} added, {removed:,} removed"
    if added:
        return f"{added:,} word{_plural(added)} added"
    return f"{removed:,} word{_plural(removed)} removed" if removed else ""


def _text_only(found: Comparison) -> str:
    """Name a change of text that changes no word: punctuation or blanks."""
    counted = found.summary
    if counted.words_added or counted.words_removed:
        return ""
    changed = any(part.status == "changed" and _differs(part.segments) for part in found.parts)
    return "only punctuation or blanks changed in the text" if changed else ""


def _differs(segments: Sequence[Any]) -> bool:
    return any(segment.op != "equal" for segment in segments)


def _messages(count: int, what: str) -> str:
    return f"{count} message{_plural(count)} {what}" if count else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST])
    return f"{shown} and {len(names) - MOST} more" if len(names) > MOST else shown


def _s(names: Sequence[str]) -> str:
    return _plural(len(names))


def _plural(count: int) -> str:
    return "" if count == 1 else "s"
