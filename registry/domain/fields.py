"""Checks of single fields: what can be stored, how large, how a name looks."""

import re
from collections.abc import Mapping
from typing import Any

from registry.domain.canonical import canonical
from registry.domain.strict_json import StrictError, strict

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class ContentError(ValueError):
    """Content that cannot be kept: `field` is the form field, `message` a plain sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def whole_number(text: str) -> int | None:
    """Return the number that `text` is, if both databases can compare it with an id; else None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def storable(value: Any, place: str, name: str) -> Any:
    """Return `strict(value)`, its refusal turned into one that names the field."""
    try:
        return strict(value, place)
    except StrictError as error:
        raise ContentError(name, f"{error}") from None


def check_size(size: int, limit: int, name: str, what: str) -> None:
    """Refuse more than `limit` bytes of UTF-8."""
    if size > limit:
        raise ContentError(
            name,
            f"{what} is {-(-size // 1024)} KiB long; the limit is {limit // 1024} KiB. Shorten it.",
        )


def storable_text(value: Any, place: str, name: str) -> str:
    """Return a storable string with "\\n" line ends."""
    if not isinstance(value, str):
        raise ContentError(name, f"{place} must be text.")
    clean: str = storable(value, place, name)
    return clean.replace("\r\n", "\n").replace("\r", "\n")


def json_object(value: Any, name: str, limit: int) -> dict[str, Any]:
    """Return a storable JSON object of at most `limit` bytes."""
    if not isinstance(value, Mapping):
        raise ContentError(name, f"{name} must be a JSON object, like {{}}.")
    clean: dict[str, Any] = storable(dict(value), name, name)
    check_size(len(canonical(clean).encode()), limit, name, name)
    return clean


def valid_name(value: Any, place: str, name: str) -> str:
    """Return a valid name of a variable or placeholder."""
    text = storable_text(value, f"{place}'s name", name)
    if not NAME.fullmatch(text):
        raise ContentError(
            name,
            f"{place} is named {text[:70]!r}. A name starts with a letter or _ and has "
            "letters, digits and _ only, up to 64.",
        )
    return text
