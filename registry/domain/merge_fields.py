"""Merge nested fields three ways, key by key; where both differ, one's own value stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class _Absent:
    """Stands for a key that is not there."""


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Clash:
    """A field, by its path of keys, that both set to different values; None for removed."""

    path: str
    mine: Any
    theirs: Any


def merge_fields(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], *, path: str = ""
) -> tuple[dict[str, Any], list[Clash]]:
    """Return `mine` with what `theirs` changed since `base`, and what both changed differently.

    Objects inside are merged in the same way; lists are one value. One's own keys come
    first, in one's own order.
    """
    merged: dict[str, Any] = {}
    clashes: list[Clash] = []
    for key in dict.fromkeys((*mine, *theirs)):
        sides = [side.get(key, ABSENT) for side in (base, mine, theirs)]
        value = _merge_value(*sides, path=f"{path}{key}", clashes=clashes)
        if value is not ABSENT:
            merged[key] = value
    return merged, clashes


def _merge_value(base: Any, mine: Any, theirs: Any, *, path: str, clashes: list[Clash]) -> Any:
    """Return the merged value of one field, or ABSENT."""
    if _same(mine, theirs) or _same(theirs, base):
        return mine
    if _same(mine, base):
        return theirs
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        start = base if isinstance(base, Mapping) else {}
        merged, inner = merge_fields(start, mine, theirs, path=f"{path} › ")
        clashes += inner
        return merged
    clashes.append(Clash(path, _shown(mine), _shown(theirs)))
    # A removal against a change: the changed value stays, so that nothing is lost.
    return theirs if mine is ABSENT else mine


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are one value, 1 and true are two."""
    return one is other or (isinstance(one, bool) is isinstance(other, bool) and one == other)


def _shown(value: Any) -> Any:
    return None if value is ABSENT else value
