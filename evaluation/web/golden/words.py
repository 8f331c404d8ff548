"""Fields of a case as people read them: a check by what it says, a list line by line."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.domain.checks import CheckError, parse_check
from registry.web.compare.words import value_words


def field_words(name: str, document: Mapping[str, Any]) -> str:
    """Return the text of the field `name` of a case's document; "" when it is empty."""
    value = document.get(name)
    if not value:
        return ""
    if name == "inputs":
        return "\n".join(f"{key}: {value_words(value[key])}" for key in sorted(value))
    if name == "context":
        return "\n\n".join(value)
    if name == "tags":
        return ", ".join(value)
    if name == "checks":
        return "\n".join(check_words(value))
    if name == "messages":
        return "\n".join(f"{message['role']}: {message['content']}" for message in value)
    return str(value)


def check_words(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what each check asks of an answer, in words."""
    return [_check(check) for check in checks]


def _check(check: Mapping[str, Any]) -> str:
    try:
        return parse_check(check).label
    except CheckError as error:
        return f"a check that cannot be read: {error.message}"
