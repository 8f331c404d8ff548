"""What every address here has in common: a key with the scope read, ETags, pages."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse

from registry.domain.semver import Version as Semver
from registry.prompts.models import Prompt, Version
from registry.release.wire import current_generation
from registry.release.wire_body import encode, etag_of
from registry.runtime.answers import (
    GENERATION_HEADER,
    JSON,
    Answer,
    Problem,
    label_forbidden,
    no_prompt,
    no_version,
)
from registry.runtime.authentication import KeyRequest
from registry.runtime.core import REVALIDATE, matches
from registry.runtime.errors import respond
from registry.runtime.key_view import KeyView
from registry.runtime.models import ApiKey
from registry.runtime.question import LABELS, parameters
from registry.runtime.store import prompt_named
from registry.runtime.visible import seen_with

PAGE_SIZE = 100

M = TypeVar("M", bound=Model)


class ReadView(KeyView):
    """An address that a key with the scope read may ask."""

    scope = "read"
    http_method_names = ("get", "head")


def asked_of(request: KeyRequest, *known: str) -> dict[str, str]:
    """Return the parameters of the address. Raises Problem (400) for one that is not `known`."""
    return parameters(request.META.get("QUERY_STRING", ""), known)


def answer(
    request: KeyRequest,
    document: Mapping[str, Any],
    *,
    generation: str = "",
    caching: str = REVALIDATE,
) -> HttpResponse:
    """Answer `document` as JSON with its ETag, or 304 to who has it."""
    body = encode(document)
    return answer_bytes(request, body, etag_of(body), generation=generation, caching=caching)


def answer_bytes(
    request: KeyRequest, body: bytes, etag: str, *, generation: str, caching: str = REVALIDATE
) -> HttpResponse:
    """Answer ready bytes; `etag` is without its quotes."""
    headers = [("ETag", f'"{etag}"'), ("Cache-Control", caching)]
    if generation:
        headers.append((GENERATION_HEADER, generation))
    if matches(request.headers.get("If-None-Match", ""), etag):
        return respond(Answer(304, tuple(headers), b""), request._request)
    return respond(Answer(200, (("Content-Type", JSON), *headers), body), request._request)


def generation_now() -> str:
    """Return `installation:number`, as the hot route sends it."""
    installation, number = current_generation()
    return f"{installation}:{number}"


def page_of(rows: QuerySet[M], asked: Mapping[str, str]) -> tuple[list[M], bool]:
    """Return the first rows, as many as `limit` asks for, and whether there are more."""
    size = _whole(asked, "limit", PAGE_SIZE)
    if not 1 <= size <= PAGE_SIZE:
        raise _bad(f"Ask for 1 to {PAGE_SIZE} at a time.", "limit")
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def mark_in(asked: Mapping[str, str]) -> int | None:
    """Return where the page begins for lists that count: the `next` of the page before."""
    return _whole(asked, "after", 0) if "after" in asked else None


def readable_label(asked: Mapping[str, str], key: ApiKey) -> str:
    """Return the label that is asked for. Raises Problem (400, 403)."""
    label = asked["label"]
    if label not in LABELS:
        raise _bad(f"There is no label {label[:40]!r}. Labels: {', '.join(LABELS)}.", "label")
    if label not in key.labels:
        raise label_forbidden(label, key.labels, "label")
    return label


def find_prompt(key: ApiKey, name: str) -> Prompt:
    """Return the prompt of that name or old name. Raises Problem (404)."""
    prompt = prompt_named(key.project_id, name)
    if prompt is None:
        raise no_prompt(name)
    return prompt


def visible_versions(prompt: Prompt, key: ApiKey) -> QuerySet[Version]:
    """Return the versions of `prompt` that `key` may see."""
    return Version.objects.filter(seen_with(frozenset(key.labels)), prompt=prompt)


def find_visible(prompt: Prompt, key: ApiKey, semver: str, field: str) -> Version:
    """Return a version that `key` may see. Raises Problem (400, 404) naming `field`."""
    try:
        number = Semver.parse(semver)
    except ValueError:
        text = f"{semver[:40]!r} is no version. Write it like 2.4.0."
        raise _bad(text, field) from None
    rows = visible_versions(prompt, key)
    version = rows.filter(major=number.major, minor=number.minor, patch=number.patch).first()
    if version is None:
        raise no_version(prompt.name, f"version {number}", field)
    version.prompt = prompt
    return version


def _whole(asked: Mapping[str, str], name: str, otherwise: int) -> int:
    text = asked.get(name, str(otherwise))
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        wanted = "the `next` of the page before" if name == "after" else "a whole number"
        raise _bad(f"{name} is {wanted}.", name)
    return int(text)


def _bad(message: str, field: str) -> Problem:
    return Problem(400, "bad_request", message, field)
