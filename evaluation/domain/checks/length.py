"""Checks of length: characters, words, and not empty."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from evaluation.domain.checks.base import CheckError, Finding, Kind, Output, Test
from registry.domain.tokens import count_words

MOST = 10_000_000

Bounds = tuple[int | None, int | None]


def _bounds(data: Mapping[str, Any]) -> Bounds:
    """Return (least, most), either of them None for “no bound”. Raises CheckError."""
    least, most = (_bound(data, name) for name in ("min", "max"))
    if least is None and most is None:
        raise CheckError("max", "Give a smallest or a largest number, or both.")
    if least is not None and most is not None and least > most:
        raise CheckError("min", f"The smallest number {least} is above the largest, {most}.")
    return least, most


def _bound(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise CheckError(name, f"Write a whole number from 0 to {MOST:,}.")
    return value


def counted(
    unit: str, count: Callable[[Output], int]
) -> Callable[[Mapping[str, Any]], tuple[str, Test]]:
    """Build the check that counts `unit`s and compares with the bounds; 0 is a bound."""

    def build(data: Mapping[str, Any]) -> tuple[str, Test]:
        bounds = _bounds(data)
        wanted = _words_for(bounds)

        def test(output: Output) -> Finding:
            number = count(output)
            holds = (bounds[0] is None or number >= bounds[0]) and (
                bounds[1] is None or number <= bounds[1]
            )
            plural = "" if number == 1 else "s"
            fact = f"The answer has {number:,} {unit}{plural}; the rule says {wanted}."
            return Finding(holds, fact)

        return f"has {wanted} {unit}s", test

    return build


def _words_for(bounds: Bounds) -> str:
    least, most = bounds
    if least is None:
        return f"at most {most:,}"
    return f"at least {least:,}" if most is None else f"{least:,} to {most:,}"


def _not_empty(data: Mapping[str, Any]) -> tuple[str, Test]:
    def test(output: Output) -> Finding:
        filled = any(unicodedata.category(sign)[0] not in "ZC" for sign in output.text)
        return Finding(filled, f"The answer {'has text' if filled else 'is empty'}.")

    return "is not empty", test


def _characters(output: Output) -> int:
    return len(output.text)


def _words(output: Output) -> int:
    return count_words(output.text)


KINDS = {
    "char_length": Kind(
        "has a number of characters", ("min", "max"), counted("character", _characters)
    ),
    "word_count": Kind("has a number of words", ("min", "max"), counted("word", _words)),
    "not_empty": Kind("is not empty", (), _not_empty),
}
