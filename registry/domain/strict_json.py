"""JSON values that both databases, JavaScript and every client read alike.

`strict` copies a value and refuses what one of them would change or reject: NUL and lone
surrogates (PostgreSQL), NaN and Infinity (JSON), integers that JavaScript rounds, nesting
that exhausts a parser. Numbers come out in one form: 1.0 and 1e2 become 1 and 100, as
PostgreSQL's jsonb would return the latter, so a digest is the same on both databases.
"""

import math
import re
from typing import Any

JSON_DEPTH = 32
# The largest integer that JavaScript holds exactly, 2**53 - 1.
LARGEST_INTEGER = 9_007_199_254_740_991

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class StrictError(ValueError):
    """A value that cannot be stored; `str(error)` says what and where, for a person."""


def strict(value: Any, place: str, depth: int = JSON_DEPTH) -> Any:
    """Return a storable copy of the JSON `value`; `place` names it in messages.

    Tuples become lists. Raises StrictError.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return strict_text(value, place)
    if isinstance(value, int | float):
        return _strict_number(value, place)
    if isinstance(value, list | tuple | dict):
        if depth <= 0:
            raise StrictError(
                f"{_root(place)} is nested more than {JSON_DEPTH} levels deep. Flatten it."
            )
        if isinstance(value, dict):
            return _strict_object(value, place, depth)
        return [strict(item, f"{place}[{i}]", depth - 1) for i, item in enumerate(value)]
    raise StrictError(
        f"{place} holds a {type(value).__name__}. "
        "Use text, a number, true, false, null, a list or an object."
    )


def strict_text(text: str, place: str) -> str:
    """Return `text` if it can be stored everywhere. Raises StrictError naming the position."""
    found = _UNSTORABLE.search(text)
    if found is None:
        return text
    position = found.start()
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    code = ord(found.group())
    what = (
        "a NUL character (U+0000)"
        if code == 0
        else f"half of a character (a lone surrogate, U+{code:04X})"
    )
    raise StrictError(
        f"{place} contains {what} at line {line}, column {column}. Delete that character."
    )


def made_storable(text: str) -> str:
    """Return what a stranger wrote with U+FFFD for each character that cannot be stored."""
    return _UNSTORABLE.sub("\ufffd", text)


def _strict_object(value: dict[Any, Any], place: str, depth: int) -> dict[str, Any]:
    """Return a storable copy of an object, its keys checked like text."""
    clean: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise StrictError(f"{place} has the key {key!r}, which is not text. Quote it.")
        strict_text(key, f"A key of {place}")
        clean[key] = strict(item, f"{place}.{key}", depth - 1)
    return clean


def _strict_number(number: int | float, place: str) -> int | float:
    """Return `number` in its one form: an integer where it is whole."""
    if isinstance(number, float) and not math.isfinite(number):
        raise StrictError(f"{place} is {number}, which JSON cannot hold. Use a finite number.")
    if abs(number) > LARGEST_INTEGER:
        raise StrictError(
            f"{place} is larger than {LARGEST_INTEGER}, so some clients would round it. "
            "Write it as text, in quotes."
        )
    return int(number) if number == int(number) else number


def _root(place: str) -> str:
    """Return the field that a place like `config.stop[2]` lies in."""
    return re.split(r"[.\[]", place, maxsplit=1)[0]
