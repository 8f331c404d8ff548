"""What an event changed, field by field, in words."""

import json
import re
from dataclasses import dataclass
from typing import Any

from registry.audit.models import Event

_HASH = re.compile(r"[0-9a-f]{64}")
NOTHING = "nothing"
WHICH = frozenset({"label"})  # says what was changed, so it is told although it is the same
# Words for what is kept in short: a state of a clearance or a rollout, and what a verdict is by.
STATE, KINDS = "state", {"static": "static checks", "gate": "golden cases"}


@dataclass(frozen=True)
class Change:
    """One field before and after; None where there was nothing to say of it."""

    field: str
    before: str | None
    after: str | None


def changes_of(event: Event) -> list[Change]:
    """Return the fields that differ; without a before, what the event tells of."""
    before, after = _read(event.before), _read(event.after)
    names = [*before, *(name for name in after if name not in before)]
    return [
        Change(
            name.replace("_", " ").replace(".", " "),
            _said(name, before[name]) if name in before and name not in WHICH else None,
            _said(name, after[name]) if name in after else None,
        )
        for name in names
        if name in WHICH or name not in before or name not in after or before[name] != after[name]
    ]


def _said(field: str, value: Any) -> str:
    words = words_of(value)
    if field == STATE:
        return words.replace("_", " ")
    return KINDS.get(words, words) if field == "kind" else words


def words_of(value: Any) -> str:
    """Return a value as people read it; a digest by its first 12 letters."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(words_of(item) for item in value)
    text = str(value)
    return f"{text[:12]}…" if _HASH.fullmatch(text) else text


def _read(text: str) -> dict[str, Any]:
    """Return the fields of a stored text; what lies deeper gets a name with dots."""
    try:
        found = json.loads(text)
    except ValueError:  # an altered row still has to be shown
        return {"text": text}
    if found is None:
        return {}
    return dict(_flat(found, "")) if isinstance(found, dict) else {"value": found}


def _flat(values: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{key}.")
        else:
            pairs.append((prefix + key, value))
    return pairs
