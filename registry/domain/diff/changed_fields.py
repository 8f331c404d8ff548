"""Config, output schema and variables: only what changed, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from registry.domain.content import Content, Variable
from registry.domain.rendering import used_variables
from registry.domain.template import parse


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A changed field: its dotted path, what happened, and both values as JSON values.

    The value of the side that lacks the field is `None`; `what` tells it from a null.
    `keys` are the parts of the path, since a key may hold a dot itself.
    """

    path: str
    what: Literal["added", "removed", "changed"]
    old: Any
    new: Any
    keys: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class VariableChanges:
    """What happened to the variables, used or declared; `changed` is in declarations."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    changed: tuple[FieldChange, ...] = ()


def changed_fields(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> tuple[FieldChange, ...]:
    """Return the fields that differ, in the order of the keys; a list is one value."""
    return tuple(_changes(old or {}, new or {}, ()))


def _changes(
    old: Mapping[str, Any], new: Mapping[str, Any], above: tuple[str, ...]
) -> Iterator[FieldChange]:
    """Yield the differences of two objects, descending where both sides are objects."""
    for key in dict.fromkeys((*old, *new)):
        keys = (*above, key)
        path = ".".join(keys)
        if key not in new:
            yield FieldChange(path, "removed", old[key], None, keys)
        elif key not in old:
            yield FieldChange(path, "added", None, new[key], keys)
        elif isinstance(old[key], dict) and isinstance(new[key], dict):
            yield from _changes(old[key], new[key], keys)
        elif not same_json(old[key], new[key]):
            yield FieldChange(path, "changed", old[key], new[key], keys)


def same_json(old: Any, new: Any) -> bool:
    """Are two JSON values equal? Unlike in Python, true is not 1."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same_json(old[k], new[k]) for k in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same_json, old, new))
    return bool(old == new)


def variable_changes(old: Content, new: Content) -> VariableChanges:
    """Return which variables came, went, were renamed, or are declared differently."""
    before, after = contract(old), contract(new)
    removed = [name for name in before if name not in after]
    added = [name for name in after if name not in before]
    renamed = _renamed(_sequence(old), _sequence(new), removed, added)
    changed = [
        change
        for name in before
        if name in after
        for change in changed_fields(_declared(before[name]), _declared(after[name]))
    ]
    old_names, new_names = {o for o, _ in renamed}, {n for _, n in renamed}
    return VariableChanges(
        tuple(name for name in added if name not in new_names),
        tuple(name for name in removed if name not in old_names),
        tuple(renamed),
        tuple(changed),
    )


def contract(content: Content) -> dict[str, Variable]:
    """Return what an application must know of each variable, by name.

    A variable that is used but not declared is a required string.
    """
    known = {variable.name: variable for variable in content.variables}
    return {n: known.get(n, Variable(n)) for n in (*used_variables(content), *known)}


def _declared(variable: Variable) -> dict[str, Any]:
    """Return the declaration under the name of the variable."""
    facts = {key: getattr(variable, key) for key in Variable.__slots__ if key != "name"}
    return {variable.name: facts}


def _sequence(content: Content) -> list[str]:
    """Return the variables in the order of use, with repetitions."""
    return [name for _, text in content.parts() for name in parse(text).names]


def _renamed(
    old: Sequence[str], new: Sequence[str], removed: Sequence[str], added: Sequence[str]
) -> list[tuple[str, str]]:
    """Pair a removed name with the added one that stands in all the same places."""
    if len(old) != len(new):
        return []
    pairs: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    for before, after in zip(old, new, strict=True):
        pairs.setdefault(before, set()).add(after)
        back.setdefault(after, set()).add(before)
    return [
        (name, after)
        for name in removed
        for after in pairs.get(name, ())
        if after in added and len(pairs[name]) == 1 and len(back[after]) == 1
    ]
