"""Changed fields of config, variables and output schema as rows of a table, without JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.domain.content import Content, Variable
from registry.domain.diff import Comparison, FieldChange
from registry.domain.diff.changed_fields import changed_fields, contract
from registry.web.compare.schema_words import place_words
from registry.web.compare.words import value_words

INSIDE = " › "  # between the parts of a path
ABOUT = {
    "type": "type",
    "required": "must be sent",
    "default": "default",
    "description": "description",
    "example": "example",
}


@dataclass(frozen=True, slots=True)
class ShownField:
    """A row of a table: the field, and both values; None is "not there"."""

    path: str
    old: str | None
    new: str | None


def config_rows(found: Comparison) -> list[ShownField]:
    """Return the changed fields of the config."""
    return [_row(change, INSIDE.join(change.keys)) for change in _apart(found.config)]


def schema_rows(found: Comparison) -> list[ShownField]:
    """Return the changed places of the output schema, each named in words.

    A schema that came or went as a whole is listed place by place.
    """
    changes = found.output_schema
    if len(changes) == 1 and not changes[0].keys:
        changes = changed_fields(changes[0].old, changes[0].new)
    flat = [leaf for change in _apart(changes) for leaf in _leaves(change)]
    return [_row(change, place_words(change.keys)) for change in flat]


def variable_rows(found: Comparison, old: Content, new: Content) -> list[ShownField]:
    """Return what happened to the variables: gone, come, renamed, declared differently."""
    variables = found.variables
    before = contract(old) if variables.removed else {}
    after = contract(new) if variables.added else {}
    return [
        *(ShownField(name, None, _declared(after[name])) for name in variables.added),
        *(ShownField(name, _declared(before[name]), None) for name in variables.removed),
        *(ShownField("renamed", one, other) for one, other in variables.renamed),
        *(
            _row(change, f"{change.keys[0]}{INSIDE}{ABOUT[change.keys[1]]}")
            for change in variables.changed
        ),
    ]


def _declared(variable: Variable) -> str:
    """Return `text, must be sent`, or `text, optional, else “Acme”`."""
    kind = "text" if variable.type == "string" else variable.type
    if variable.required:
        return f"{kind}, must be sent"
    default = f", else “{variable.default}”" if variable.default is not None else ""
    return f"{kind}, optional{default}"


def _row(change: FieldChange, path: str) -> ShownField:
    return ShownField(
        path,
        None if change.what == "added" else value_words(change.old),
        None if change.what == "removed" else value_words(change.new),
    )


def _apart(changes: tuple[FieldChange, ...]) -> Iterator[FieldChange]:
    """Yield the changes, a list of objects taken apart item by item, counted from 1."""
    for change in changes:
        if change.what == "changed" and _holds_objects(change.old, change.new):
            old, new = (_numbered(value) for value in (change.old, change.new))
            for inner in changed_fields(old, new):
                keys = (*change.keys, *inner.keys)
                yield from _apart((_under(inner, keys),))
        else:
            yield change


def _holds_objects(old: Any, new: Any) -> bool:
    both = isinstance(old, list) and isinstance(new, list)
    return both and any(isinstance(item, dict) for item in (*old, *new))


def _numbered(items: list[Any]) -> dict[str, Any]:
    return {str(number): item for number, item in enumerate(items, 1)}


def _leaves(change: FieldChange) -> Iterator[FieldChange]:
    """Yield an object that came or went as one change for each thing inside it."""
    value = change.old if change.what == "removed" else change.new
    if change.what != "changed" and isinstance(value, list) and _holds_objects(value, []):
        value = _numbered(value)
    if change.what == "changed" or not isinstance(value, Mapping) or not value:
        yield change
        return
    for key, item in value.items():
        keys = (*change.keys, key)
        old, new = (item, None) if change.what == "removed" else (None, item)
        yield from _leaves(FieldChange(".".join(keys), change.what, old, new, keys))


def _under(change: FieldChange, keys: tuple[str, ...]) -> FieldChange:
    return FieldChange(".".join(keys), change.what, change.old, change.new, keys)
