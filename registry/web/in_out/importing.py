"""Import prompt files: give them, look at what would come of it, import all of them or none.

The files are kept on the server from the first step on, with every choice, so that no fault
loses anything; the next upload takes their place.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.access import can
from registry.prompts.in_out import own_export, read_csv
from registry.prompts.in_out.dry_run import Choice, Row, dry_run
from registry.prompts.in_out.files import IMPORT_LIMITS, FilesError, TextFile
from registry.prompts.in_out.read_files import read_candidates
from registry.prompts.in_out.take_in import take_in
from registry.prompts.in_out.uploads import (
    IMPORT,
    discard_upload,
    files_of,
    keep_choices,
    keep_files,
    kept_upload,
)
from registry.prompts.models import PromptUpload
from registry.web.in_out.given import (
    as_stored,
    given_files,
    page_of,
    stored_choices,
    typed_choices,
    typed_reason,
)
from registry.web.in_out.steps import to_made, to_page
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

SPELLINGS_SHOWN, FILES_SHOWN = 30, 20
OWN_EXPORT = (
    "This is an export of promptcms with its history. An admin takes it over on the page “Adopt a "
    "history”; to make a new prompt of one version, give only its .md file."
)


@dataclass(frozen=True)
class Column:
    """One column of a CSV file: the name of its field, what it is taken for, its first cells."""

    field: str
    name: str
    target: str
    samples: list[str]


@needs(Action.EDIT_PROMPT, post=Action.EDIT_TEXT)
def prompts_import(request: ProjectRequest, slug: str) -> HttpResponse:
    """Answer the step that the person is at."""
    step = request.POST.get("do", "")
    if step == "upload":
        return _keep(request)
    if step == "discard":
        discard_upload(request.project, actor=request.actor)
        return redirect("prompts_import", slug)
    upload = kept_upload(request.project, purpose=IMPORT, actor=request.actor)
    if upload is None:
        return _ask_for_files(request)
    if request.method != "POST":
        return _report(request, upload, request.GET.get("page"))
    return _act(request, upload, step)


def _keep(request: ProjectRequest) -> HttpResponse:
    """Keep the given files, if they can be taken at all."""
    try:
        files = given_files(request, IMPORT_LIMITS)
        if own_export.is_export(files):
            raise FilesError(OWN_EXPORT)
    except FilesError as error:
        return _ask_for_files(request, str(error))
    keep_files(request.project, files, purpose=IMPORT, actor=request.actor)
    return redirect("prompts_import", request.project.slug)


def _ask_for_files(request: ProjectRequest, problem: str = "") -> HttpResponse:
    context = {
        "project": request.project,
        "problem": problem,
        "may_import": can(request.actor, Action.EDIT_TEXT, request.project),
        "may_adopt": can(request.actor, Action.MANAGE_PROJECT, request.project),
        "limits": IMPORT_LIMITS,
    }
    status = 400 if problem else 200
    return page(
        request, "registry/in_out/import_files.html", context, title="Import prompts", status=status
    )


def _act(request: ProjectRequest, upload: PromptUpload, step: str) -> HttpResponse:
    """Keep what was chosen, then look again, turn the page, or import."""
    columns = _typed_columns(request, files_of(upload))
    if columns != upload.choices.get("columns", {}):  # other columns, other prompts
        keep_choices(upload, {"columns": columns, "rows": {}, "reason": typed_reason(request)})
        return redirect("prompts_import", request.project.slug)
    choices = typed_choices(request, stored_choices(upload))
    rows = _rows(request, upload, choices)
    verb, _, what = step.partition(":")
    if verb in ("convert", "keep"):
        choices = _everywhere(rows, choices, what, convert=verb == "convert")
    elif verb == "leave_out":
        choices |= {row.key: replace(_choice(row), take=False) for row in rows if row.stops}
    keep_choices(upload, {"rows": as_stored(choices), "reason": typed_reason(request)})
    if verb == "import":
        return _import(request, upload, rows)
    return to_page(request, request.project, "prompts_import")


def _import(request: ProjectRequest, upload: PromptUpload, rows: Sequence[Row]) -> HttpResponse:
    try:
        made = take_in(
            request.project, rows=rows, reason=typed_reason(request), actor=request.actor
        )
    except (Refused, ContentError) as error:
        return _report(request, upload, request.POST.get("page"), str(error))
    discard_upload(request.project, actor=request.actor)
    count = len(made)
    messages.success(
        request,
        f"{count} prompt{'s' * (count != 1)} imported, each as version 1.0.0. Nothing is served "
        "yet: submit what should go to production.",
    )
    return to_made(request.project, made)


def _report(
    request: ProjectRequest, upload: PromptUpload, number: Any, refusal: str = ""
) -> HttpResponse:
    """Show what would come of the files."""
    files = files_of(upload)
    rows = _rows(request, upload, stored_choices(upload))
    taken = [row for row in rows if row.take]
    context = {
        "project": request.project,
        "shown": page_of(rows, number),
        "count": len(rows),
        "taken": len(taken),
        "stopping": sum(row.stops for row in rows),
        "existing": sum(bool(row.exists) for row in rows),
        "spellings": _spellings(rows),
        "tables": _tables(files, upload.choices.get("columns", {})),
        "targets": read_csv.TARGETS.items(),
        "ignored": [file.name for file in files if file.ignored][:FILES_SHOWN],
        "reason": upload.choices.get("reason", ""),
        "refusal": refusal,
    }
    status = 409 if refusal else 200
    return page(
        request,
        "registry/in_out/import_report.html",
        context,
        title="Import prompts",
        status=status,
    )


def _rows(
    request: ProjectRequest, upload: PromptUpload, choices: Mapping[str, Choice]
) -> list[Row]:
    found = read_candidates(files_of(upload), upload.choices.get("columns", {}))
    return dry_run(request.project, found, choices)


def _choice(row: Row) -> Choice:
    return Choice(row.name, row.take, row.converted)


def _everywhere(
    rows: Sequence[Row], choices: dict[str, Choice], written: str, *, convert: bool
) -> dict[str, Choice]:
    """Return the choices with one spelling converted, or left, in all rows that have it."""
    for row in rows:
        if any(spelling.written == written for spelling in row.spellings):
            known = _choice(row)
            chosen = known.convert | {written} if convert else known.convert - {written}
            choices[row.key] = replace(known, convert=chosen)
    return choices


def _spellings(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the variables that are written another way, over all rows."""
    count = Counter(s.written for row in rows for s in row.spellings)
    done = Counter(s.written for row in rows for s in row.spellings if s.written in row.converted)
    example = {s.written: s for row in reversed(rows) for s in row.spellings}
    return [
        {"spelling": example[written], "rows": number, "converted": done[written]}
        for written, number in count.most_common(SPELLINGS_SHOWN)
    ]


def _tables(
    files: Sequence[TextFile], chosen: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, list[Column]]]:
    """Return the columns of each CSV file."""
    tables = []
    for number, file in _csv_files(files):
        names = read_csv.head_of(file.text)
        targets = {**read_csv.guess(names), **chosen.get(file.name, {})}
        cells = read_csv.samples(file.text)
        columns = [
            Column(
                field=f"column-{number}-{i}",
                name=name,
                target=targets[name],
                samples=[row[i][:80] for row in cells if i < len(row)],
            )
            for i, name in enumerate(names[: read_csv.COLUMNS])
        ]
        tables.append((file.name, columns))
    return tables


def _typed_columns(request: ProjectRequest, files: Sequence[TextFile]) -> dict[str, dict[str, str]]:
    """Return what the person chose for each column, where it is not what we guess."""
    chosen: dict[str, dict[str, str]] = {}
    for number, file in _csv_files(files):
        names = read_csv.head_of(file.text)[: read_csv.COLUMNS]
        guessed = read_csv.guess(names)
        typed = {n: request.POST.get(f"column-{number}-{i}", "") for i, n in enumerate(names)}
        other = {n: t for n, t in typed.items() if t != guessed[n] and t in read_csv.TARGETS}
        if other and f"column-{number}-0" in request.POST:
            chosen[file.name] = other
    return chosen


def _csv_files(files: Sequence[TextFile]) -> list[tuple[int, TextFile]]:
    """Return the tables with their places; more than a few have no choice of columns."""
    tables = [(n, f) for n, f in enumerate(files) if f.ending == "csv" and not f.fault]
    return [(n, f) for n, f in tables if not f.ignored][:5]
