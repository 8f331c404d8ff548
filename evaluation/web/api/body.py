"""What a POST to /api/v1/evaluations holds, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.domain.content import Content
from registry.domain.fields import ContentError
from registry.runtime.answers import Problem

CONTENT = ("kind", "template", "messages", "config", "output_schema", "variables")
FIELDS = (
    *(*CONTENT, "prompt", "baseline", "ref"),
    *("fresh_baseline", "repeat", "second_look", "margin"),
)
REF_LENGTH = 200


@dataclass(frozen=True)
class Asked:
    """What CI asks for. `baseline` is `label:production` or a number such as 2.4.0."""

    prompt: str
    content: Content
    baseline: str = "label:production"
    ref: str = ""
    fresh_baseline: bool = False
    repeat: int | None = None
    second_look: bool = True
    margin: float | None = None


def read(body: Mapping[str, Any]) -> Asked:
    """Return what `body` asks for. Raises Problem (400) naming the field."""
    for name in body:
        if name not in FIELDS:
            raise _bad(name[:40], f"Unknown field. Known: {', '.join(FIELDS)}.")
    return Asked(
        prompt=_text(body, "prompt", 128, required=True),
        content=_content(body),
        baseline=_text(body, "baseline", 40) or "label:production",
        ref=_text(body, "ref", REF_LENGTH),
        fresh_baseline=_flag(body, "fresh_baseline"),
        repeat=_repeat(body.get("repeat")),
        second_look=_flag(body, "second_look", otherwise=True),
        margin=_margin(body.get("margin")),
    )


def _content(body: Mapping[str, Any]) -> Content:
    kind = body.get("kind", "chat" if "messages" in body else "text")
    name = "messages" if kind == "chat" else "template"
    if name not in body:
        raise _bad(name, f"Send the text to evaluate as {name}.")
    try:
        return Content.from_fields(
            kind, body[name], body.get("config"), body.get("output_schema"), body.get("variables")
        )
    except ContentError as error:
        field = name if error.field == "content" else error.field
        raise _bad(field, error.message) from None


def _text(body: Mapping[str, Any], name: str, longest: int, *, required: bool = False) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise _bad(name, f"Send text of at most {longest} characters.")
    if required and not value.strip():
        raise _bad(name, "Send the name of the prompt.")
    return value.strip()


def _flag(body: Mapping[str, Any], name: str, *, otherwise: bool = False) -> bool:
    value = body.get(name, otherwise)
    if not isinstance(value, bool):
        raise _bad(name, "Send true or false.")
    return value


def _repeat(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 3:
        raise _bad("repeat", "Send 1, 2 or 3: how many answers each case gets.")
    return value


def _margin(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 0.5:
        raise _bad("margin", "Send the drop that is tolerated, above 0 and at most 0.5.")
    return float(value)


def _bad(field: str, message: str) -> Problem:
    return Problem(400, "bad_request", message, field)
