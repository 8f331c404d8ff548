"""How far an answer is from a text, in characters to put in, take out or change (Levenshtein)."""

from collections.abc import Mapping
from typing import Any

from evaluation.domain.checks.base import CheckError, Finding, Kind, Output, Test, short

MAX_TEXT = 10_000


def distance(one: str, other: str) -> int:
    """Return the fewest characters to put in, take out or change that make `one` into `other`.

    Myers' bit-vector method: a column of the table of distances is held as two whole numbers,
    one bit for each character of `one`, that say where the column rises and where it falls.
    """
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for index, sign in enumerate(one):
        places[sign] = places.get(sign, 0) | 1 << index
    ones, last = (1 << len(one)) - 1, 1 << len(one) - 1
    rises, falls, total = ones, 0, len(one)
    for sign in other:
        same = places.get(sign, 0)
        level = (((same & rises) + rises) ^ rises) | same | falls  # as cheap as its upper left
        dearer, cheaper = falls | ones & ~(level | rises), rises & level  # than its left
        total += bool(dearer & last) - bool(cheaper & last)
        dearer, cheaper = dearer << 1 & ones | 1, cheaper << 1 & ones
        rises, falls = cheaper | ones & ~(level | dearer), dearer & level
    return total


def _levenshtein(data: Mapping[str, Any]) -> tuple[str, Test]:
    text, most = data.get("value"), data.get("max")
    if not isinstance(text, str) or not text:
        raise CheckError("value", "Write the text that the answer is compared with.")
    if len(text) > MAX_TEXT:
        raise CheckError("value", f"The text to compare with has at most {MAX_TEXT:,} characters.")
    if isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= MAX_TEXT:
        raise CheckError("max", f"Write how many characters may differ, from 0 to {MAX_TEXT:,}.")

    rule = f"the rule says at most {most:,}"

    def test(output: Output) -> Finding:
        longer = len(output.text) - len(text)
        if longer > most:  # not counted on: what a long answer costs would grow with it
            return Finding(False, f"The answer is {_away(longer)} longer than the text; {rule}.")
        away = distance(text, output.text)
        return Finding(away <= most, f"The answer is {_away(away)} away from the text; {rule}.")

    return f"is at most {_away(most)} away from {short(text)}", test


def _away(number: int) -> str:
    return "1 character" if number == 1 else f"{number:,} characters"


KINDS = {"levenshtein": Kind("is nearly a text", ("value", "max"), _levenshtein)}
