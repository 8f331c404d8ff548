"""JSON as its standard says: no NaN, no Infinity, nothing before or after, no code fence."""

import json
from collections.abc import Iterator
from decimal import Decimal
from math import isinf
from typing import Any, Never

from evaluation.domain.checks.base import CannotCheckError

MAX_DEPTH = 100
MAX_CHARACTERS = 1_000_000
MAX_STARTS = 1_000
TOO_DEEP = f"The answer nests JSON deeper than {MAX_DEPTH} levels, which is not looked at."
TOO_LONG = f"The answer is longer than {MAX_CHARACTERS:,} characters, which is not looked at."


class NotJsonError(Exception):
    """The text is not JSON; the message says where it breaks."""


def _refuse_constant(name: str) -> Never:
    raise NotJsonError(f"{name} is not JSON")


def _whole_number(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 4000 else Decimal(digits)


def _fraction(digits: str) -> float | Decimal:
    number = float(digits)
    return Decimal(digits) if isinf(number) else number


_DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_int=_whole_number, parse_float=_fraction
)


def depth(value: Any) -> int:
    """Return how many lists and objects are nested in `value`; a plain value counts 0."""
    deepest, level = 0, [value]
    while level := [item for item in level if isinstance(item, list | dict)]:
        deepest += 1
        level = [
            inner for item in level for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return deepest


def _bounded(value: Any) -> Any:
    if depth(value) > MAX_DEPTH:
        raise CannotCheckError(TOO_DEEP)
    return value


def read_json(text: str) -> Any:
    """Return the value `text` is. Raises NotJsonError, or CannotCheckError beyond limits."""
    if len(text) > MAX_CHARACTERS:
        raise CannotCheckError(TOO_LONG)
    try:
        return _bounded(_DECODER.decode(text))
    except json.JSONDecodeError as error:
        raise NotJsonError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise CannotCheckError(TOO_DEEP) from None


def values_inside(text: str) -> Iterator[Any]:
    """Yield each JSON object or list that stands in `text`, outermost only, left to right.

    Raises CannotCheckError beyond the limits: trying every bracket of a hostile text would
    take a time that grows with the square of its length.
    """
    if len(text) > MAX_CHARACTERS:
        raise CannotCheckError(TOO_LONG)
    at, starts = 0, 0
    while (at := _next_bracket(text, at)) >= 0:
        if (starts := starts + 1) > MAX_STARTS:
            raise CannotCheckError(
                f"The answer holds more than {MAX_STARTS:,} brackets; stopped there."
            )
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, NotJsonError):
            at += 1
        except RecursionError:
            raise CannotCheckError(TOO_DEEP) from None
        else:
            yield _bounded(value)


def _next_bracket(text: str, start: int) -> int:
    found = [at for at in (text.find("{", start), text.find("[", start)) if at >= 0]
    return min(found, default=-1)
