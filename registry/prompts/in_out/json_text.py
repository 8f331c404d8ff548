"""JSON files, read strictly: no key twice, no NaN, no number that exhausts the parser."""

import json
from typing import Any, Never

_DIGITS = 100


class JsonError(ValueError):
    """JSON that cannot be read; the message says where, and what to do."""


def read_json(text: str) -> Any:
    """Return the value. Raises JsonError."""
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        raise JsonError(
            f"Line {error.lineno}, column {error.colno}: this is no JSON ({error.msg}). "
            "Correct it there."
        ) from None
    except RecursionError:
        raise JsonError("It is nested too deeply. Flatten it.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if any("\ud800" <= letter <= "\udfff" for key in found for letter in key):
        raise JsonError("A key holds half of a character, which cannot be shown. Rename it.")
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonError(f"The key {twice[:60]!r} is given twice in one object. Remove one.")
    return found


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise JsonError(f"A number has {len(digits)} digits. Write it as text, in quotes.")
    return int(digits)


def _constant(name: str) -> Never:
    raise JsonError(f"{name} is no JSON number. Use a finite number.")
