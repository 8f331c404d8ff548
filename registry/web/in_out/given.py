"""What the person gave: files, and what they chose for each row of the report."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from registry.prompts.in_out.dry_run import Choice
from registry.prompts.in_out.files import FilesError, Limits, TextFile, unpack
from registry.prompts.models import PromptUpload
from registry.web.forms.fields import REASON_LENGTH

ROWS = 50
NAME_LENGTH = 300


class Row(Protocol):
    """What both reports have in common."""

    @property
    def key(self) -> str: ...
    @property
    def take(self) -> bool: ...
    @property
    def stops(self) -> bool: ...


R = TypeVar("R", bound=Row)


def given_files(request: HttpRequest, limits: Limits) -> list[TextFile]:
    """Return the files of the form, unpacked. Raises FilesError."""
    given = request.FILES.getlist("files")
    if not given:
        raise FilesError("Choose at least one file.")
    if sum(file.size or 0 for file in given) > limits.size:
        mib = limits.size // 2**20
        raise FilesError(f"The files have more than {mib} MiB. Give them in several parts.")
    return unpack(((file.name or "file", file.read()) for file in given), limits)


def stored_choices(upload: PromptUpload) -> dict[str, Choice]:
    """Return what was chosen so far, by row."""
    stored = upload.choices.get("rows") or {}
    return {key: Choice.read(value) for key, value in stored.items()}


def typed_choices(request: HttpRequest, known: Mapping[str, Choice]) -> dict[str, Choice]:
    """Return `known` with what the rows of this page say now."""
    data = request.POST
    choices = dict(known)
    for key in data.getlist("row")[: ROWS * 2]:
        if not (key.isascii() and key.isdigit() and len(key) < 6):
            continue
        choices[key] = Choice(
            name=printable(data.get(f"name-{key}", ""))[:NAME_LENGTH].strip() or None,
            take=f"take-{key}" in data,
            convert=frozenset(printable(s) for s in data.getlist(f"convert-{key}")),
        )
    return choices


def as_stored(choices: Mapping[str, Choice]) -> dict[str, Any]:
    """Return choices as JSON."""
    return {key: choice.stored() for key, choice in choices.items()}


def typed_reason(request: HttpRequest) -> str:
    """Return the reason as typed, as far as it can be kept."""
    return printable(request.POST.get("reason", ""))[:REASON_LENGTH]


def printable(text: str) -> str:
    """Return `text` with what no database keeps or no page shows turned into `?`."""
    return "".join(c if c.isprintable() else "?" for c in text)


def page_of(rows: Sequence[R], number: Any) -> Page[R]:
    """Return one page of the report: what stops it first, then in the order of the files."""
    ordered = sorted(rows, key=lambda row: not row.stops)
    return Paginator(ordered, ROWS).get_page(number)
