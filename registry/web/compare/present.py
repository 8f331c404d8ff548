"""A comparison as the page shows it: messages with folded lines, tables of changed fields."""

from dataclasses import dataclass, replace
from typing import Any

from registry.domain.content import Content
from registry.domain.diff import Comparison, FieldChange, Part, compare
from registry.web.compare.blocks import Block, InlineLine, SideLine, inline_blocks, side_blocks
from registry.web.compare.words import summary_words, value_words

DRAFT = "draft"  # how an address calls the viewer's own draft


@dataclass(frozen=True)
class ShownPart:
    """One message, or the whole text, with what happened to it in words.

    `number` is its place in the new version, from 1; None for one that is gone.
    """

    title: str
    chips: list[tuple[str, str]]  # (tone, word)
    blocks: list[Block[InlineLine]] | list[Block[SideLine]]
    placeholder: str
    number: int | None


@dataclass(frozen=True, slots=True)
class ShownField:
    """A row of a table: the field, and both values; None is "not set"."""

    path: str
    old: str | None
    new: str | None


def shown(old: Content, new: Content, view: str) -> dict[str, Any]:
    """Return the context of `registry/compare/_texts.html` for the view `inline` or `side`."""
    found = compare(old, new)
    return {
        "view": view,
        "same": found.same,
        "summary": summary_words(found),
        "parts": [_part(part, view) for part in found.parts],
        "config": [_field(change) for change in found.config],
        "schema": [_whole(change) for change in found.output_schema],
        "variables": _variables(found),
        "chat": "chat" in (old.kind, new.kind),
    }


def _part(part: Part, view: str) -> ShownPart:
    blocks = side_blocks(part) if view == "side" else inline_blocks(part)
    return ShownPart(_title(part), _chips(part), blocks, part.placeholder, part.new_position)


def _title(part: Part) -> str:
    """Return what stands over the part: its role, its number, and where it moved from."""
    if part.placeholder:
        return f"placeholder {part.placeholder}"
    role = part.new_role or part.old_role
    if not role:
        return "Text"
    if part.old_role and part.new_role and part.old_role != part.new_role:
        return f"{part.old_role} → {part.new_role}"
    return role


def _chips(part: Part) -> list[tuple[str, str]]:
    """Return what happened to the part as chips of a tone and a word."""
    chips = {
        "added": [("good", f"added as message {part.new_position}")],
        "removed": [("bad", f"removed, was message {part.old_position}")],
    }.get(part.status, [])
    if part.moved:
        chips.append(("live", f"moved from {part.old_position} to {part.new_position}"))
    if part.status == "equal" and not part.moved:
        chips.append(("", "unchanged"))
    if part.old_role and part.new_role and part.old_role != part.new_role:
        chips.append(("warn", "role changed"))
    return chips


def _field(change: FieldChange) -> ShownField:
    return ShownField(
        change.path,
        None if change.what == "added" else value_words(change.old),
        None if change.what == "removed" else value_words(change.new),
    )


def _whole(change: FieldChange) -> ShownField:
    """Name a schema that came or went as a whole."""
    row = _field(change)
    return replace(row, path="the whole schema") if change.path == "output_schema" else row


def _variables(found: Comparison) -> list[ShownField]:
    """Return what happened to the variables as rows."""
    variables = found.variables
    return [
        *(ShownField(name, None, "new: applications must send it") for name in variables.added),
        *(ShownField(name, "sent by applications", None) for name in variables.removed),
        *(ShownField(f"{old} → {new}", old, new) for old, new in variables.renamed),
        *(_field(change) for change in variables.changed),
    ]
