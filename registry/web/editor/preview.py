"""The live preview: the prompt as a model would read it, filled from a case or typed values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.domain.content import Content, Message, Placeholder
from registry.domain.rendering import used_variables
from registry.domain.template import TemplateError, as_text, parse

SHOWN = 20_000  # characters of one text; a preview is for reading


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: as written, a value put in for `variable`, or a value that is missing."""

    text: str
    variable: str = ""
    missing: bool = False


@dataclass(frozen=True)
class Shown:
    """One text of the prompt, filled; `role` is empty for a text prompt."""

    role: str
    pieces: tuple[Piece, ...]
    is_placeholder: bool = False
    left_out: int = 0  # characters beyond what is shown


def preview(content: Content, values: Mapping[str, str]) -> list[Shown]:
    """Return each text with the values put in; a variable without one is marked missing.

    A `query` that the prompt has no variable for follows as what the user says.
    """
    defaults = {
        v.name: "" if v.default is None else as_text(v.name, v.default)
        for v in content.variables
        if not v.required
    }
    filled = {**defaults, **{name: value for name, value in values.items() if value}}
    items: tuple[Message | Placeholder, ...] = content.messages
    if content.kind == "text":
        items = (Message("", content.text),)
    shown = [_shown(item, filled) for item in items]
    if "query" in filled and "query" not in used_variables(content):
        shown.append(Shown("user, from the case", (Piece(filled["query"], "query"),)))
    return shown


def values_for(
    content: Content, given: Mapping[str, Any], typed: Mapping[str, str]
) -> dict[str, str]:
    """Return the values to fill in: typed ones first, then a case's, then declared examples."""
    values = {v.name: v.example for v in content.variables if v.example}
    values |= _readable(given)
    return values | {name: value for name, value in typed.items() if value}


def _readable(given: Mapping[str, Any]) -> dict[str, str]:
    """Return a case's values as text; what no variable can hold is left out."""
    found = {}
    for name, value in given.items():
        try:
            found[name] = as_text(name, value)
        except TemplateError:
            continue
    return found


def _shown(item: Message | Placeholder, values: Mapping[str, str]) -> Shown:
    if isinstance(item, Placeholder):
        return Shown("", (Piece(item.name),), is_placeholder=True)
    text = item.content[:SHOWN]
    left_out = len(item.content) - len(text)
    return Shown(item.role, tuple(_pieces(text, values)), left_out=left_out)


def _pieces(text: str, values: Mapping[str, str]) -> Iterator[Piece]:
    for span in parse(text).spans:
        written = text[span.start : span.end]
        if span.name is None:
            yield Piece(written)
        elif span.name in values:
            yield Piece(values[span.name], span.name)
        else:
            yield Piece(written, span.name, missing=True)
