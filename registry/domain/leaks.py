"""Secrets anywhere in a content: in its texts, and in everything else that is kept for ever."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.domain.content import Content
from registry.domain.secrets import Finding, find_secrets


@dataclass(frozen=True, slots=True)
class Leak:
    """A likely secret: the form field it belongs to, where it stands in words, and what it is."""

    field: str
    place: str
    finding: Finding
    in_text: bool = False


def find_leaks(content: Content) -> list[Leak]:
    """Return the likely secrets of every field, those in the texts first."""
    found = [
        Leak("content", place, finding, in_text=True)
        for place, text in content.parts()
        for finding in find_secrets(text)
    ]
    for field, place, text in _other_texts(content):
        found += [Leak(field, place, finding) for finding in find_secrets(text)]
    return found


def _other_texts(content: Content) -> Iterator[tuple[str, str, str]]:
    """Yield (form field, where, text) of every string outside the texts."""
    for key, value in content.config.items():
        for text in _strings({key: value}):
            yield "config", f"the parameter {key[:60]}", text
    for text in _strings(content.output_schema or {}):
        yield "output_schema", "the output schema", text
    for variable in content.variables:
        for what in ("default", "description", "example"):
            value = getattr(variable, what)
            if isinstance(value, str):
                yield "variables", f"the {what} of {variable.name}", value


def _strings(value: Any) -> Iterator[str]:
    """Yield every key and every text inside a JSON value.

    A key is searched with its text, as `aws_secret_access_key: …` is known by its name.
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, str):
                yield f"{key}: {item}"
            else:
                yield key
                yield from _strings(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _strings(item)
