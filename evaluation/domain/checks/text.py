"""Checks of the text itself: contains, starts with, ends with, equals, matches a pattern."""

from collections.abc import Callable, Mapping
from typing import Any

import re2

from evaluation.domain.checks.base import (
    CannotCheckError,
    CheckError,
    Finding,
    Kind,
    Output,
    Test,
    short,
)
from evaluation.domain.checks.json_text import NotJsonError, read_json
from registry.domain.diff.changed_fields import same_json

Build = Callable[[Mapping[str, Any]], tuple[str, Test]]

MAX_PATTERN = 1_000
MAX_NEEDLES = 100
IN_ANY_CASE = " in any case"


def _needle(value: Any, field: str) -> str:
    """Return the text to look for; a number is looked for as it is written."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise CheckError(field, "Write the text to look for.")
    if not value:
        raise CheckError(field, "Write the text to look for: every answer contains nothing.")
    return value


def _needles(data: Mapping[str, Any]) -> list[str]:
    values = data.get("values")
    if not isinstance(values, list) or not values:
        raise CheckError("values", "Write at least one text to look for, one on each line.")
    if len(values) > MAX_NEEDLES:
        raise CheckError("values", f"At most {MAX_NEEDLES} texts in one check.")
    return [_needle(value, "values") for value in values]


def _contains(data: Mapping[str, Any]) -> tuple[str, Test]:
    needle = _needle(data.get("value"), "value")

    def test(output: Output) -> Finding:
        found = needle in output.text
        return Finding(found, f"The answer {_does('contain', found)} {short(needle)}.")

    return f"contains {short(needle)}", test


def _icontains(data: Mapping[str, Any]) -> tuple[str, Test]:
    needle = _needle(data.get("value"), "value")

    def test(output: Output) -> Finding:
        found = needle.lower() in output.text.lower()
        return Finding(found, f"The answer {_does('contain', found)} {short(needle)} in any case.")

    return f"contains {short(needle)} (upper or lower case)", test


def _all_of(fold: Callable[[str], str], case: str) -> Build:
    """Build the check that every text is there; `fold` makes letters comparable."""

    def build(data: Mapping[str, Any]) -> tuple[str, Test]:
        needles = _needles(data)

        def test(output: Output) -> Finding:
            text = fold(output.text)
            missing = [short(needle) for needle in needles if fold(needle) not in text]
            if missing:
                return Finding(False, f"The answer does not contain {', '.join(missing)}{case}.")
            return Finding(True, f"The answer contains all {len(needles)} texts{case}.")

        return f"contains all of {', '.join(map(short, needles))}{case}", test

    return build


def _any_of(fold: Callable[[str], str], case: str) -> Build:
    """Build the check that one of the texts is there; `fold` makes letters comparable."""

    def build(data: Mapping[str, Any]) -> tuple[str, Test]:
        needles = _needles(data)
        listed = ", ".join(map(short, needles))

        def test(output: Output) -> Finding:
            text = fold(output.text)
            found = next((needle for needle in needles if fold(needle) in text), None)
            if found is None:
                return Finding(False, f"The answer contains none of {listed}{case}.")
            return Finding(True, f"The answer contains {short(found)}{case}.")

        return f"contains any of {listed}{case}", test

    return build


def _edge(verb: str, matches: Callable[[str, str], bool]) -> Build:
    """Build the check of one end of the text."""

    def build(data: Mapping[str, Any]) -> tuple[str, Test]:
        needle = _needle(data.get("value"), "value")

        def test(output: Output) -> Finding:
            found = matches(output.text, needle)
            return Finding(found, f"The answer {_does(verb, found)} with {short(needle)}.")

        return f"{verb}s with {short(needle)}", test

    return build


def _equals(data: Mapping[str, Any]) -> tuple[str, Test]:
    """Compare a text letter by letter, and any other value as JSON (key order free)."""
    if "value" not in data:
        raise CheckError("value", "Write what the answer must equal.")
    expected = data["value"]

    def test(output: Output) -> Finding:
        if isinstance(expected, str):
            same = output.text == expected
        else:
            try:
                same = same_json(read_json(output.text), expected)
            except NotJsonError:
                same = False
        return Finding(same, f"The answer {_does('equal', same)} {short(str(expected))}.")

    return f"equals {short(str(expected))}", test


def _regex(data: Mapping[str, Any]) -> tuple[str, Test]:
    pattern = data.get("value")
    if not isinstance(pattern, str) or not pattern:
        raise CheckError("value", "Write a pattern, for example ^Order \\d{5}.")
    if len(pattern) > MAX_PATTERN:
        raise CheckError("value", f"A pattern has at most {MAX_PATTERN:,} characters.")
    compiled = _compile(pattern)

    def test(output: Output) -> Finding:
        try:
            found = compiled.search(output.text) is not None
        except UnicodeEncodeError:
            raise CannotCheckError("The answer holds half of a character pair.") from None
        return Finding(found, f"The answer {_does('match', found)} the pattern {short(pattern)}.")

    return f"matches the pattern {short(pattern)}", test


def _compile(pattern: str) -> Any:
    """Compile on RE2: time grows with the length of the answer only, and `$` is its very end."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise CheckError(
            "value",
            f"This pattern is not supported: {reason}. Look-around, back-references and "
            "possessive repeats are not available; for the end of the text write $.",
        ) from None
    except UnicodeEncodeError:
        raise CheckError("value", "The pattern holds half of a character pair.") from None


def _does(verb: str, really: bool) -> str:
    ending = "es" if verb.endswith("ch") else "s"
    return f"{verb}{ending}" if really else f"does not {verb}"


KINDS = {
    "contains": Kind("contains a text", ("value",), _contains),
    "icontains": Kind("contains a text, upper or lower case", ("value",), _icontains),
    "contains_all": Kind("contains all of several texts", ("values",), _all_of(str, "")),
    "contains_any": Kind("contains any of several texts", ("values",), _any_of(str, "")),
    "icontains_all": Kind(
        "contains all of several texts, upper or lower case",
        ("values",),
        _all_of(str.lower, IN_ANY_CASE),
    ),
    "icontains_any": Kind(
        "contains any of several texts, upper or lower case",
        ("values",),
        _any_of(str.lower, IN_ANY_CASE),
    ),
    "starts_with": Kind("starts with a text", ("value",), _edge("start", str.startswith)),
    "ends_with": Kind("ends with a text", ("value",), _edge("end", str.endswith)),
    "equals": Kind("equals a text or a JSON value", ("value",), _equals),
    "regex": Kind("matches a pattern", ("value",), _regex),
}
