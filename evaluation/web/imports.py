"""Import cases: give a file, say what its columns are, look at what would come of it, take it.

The file is kept on the server from the first step on, so that no fault in it loses anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator
from unfold.widgets import UnfoldAdminFileFieldWidget

from evaluation.offline import import_csv, import_json
from evaluation.offline.cases import NewCase
from evaluation.offline.columns import TARGETS, guess, to_cases, variable_name
from evaluation.offline.datasets import (
    UPLOAD_BYTES,
    add_cases,
    add_snapshot,
    discard_upload,
    joined,
    keep_upload,
    latest_snapshot,
)
from evaluation.offline.golden.compare import cases_in, changes_of, summary_of
from evaluation.offline.models import Dataset, Upload
from evaluation.offline.tables import Table, TableError, decode
from evaluation.web.datasets import dataset_url
from evaluation.web.find import find_dataset
from evaluation.web.golden.leaks import warned_of
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.web.forms.fields import REASON_LENGTH
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

FAULTS_SHOWN, CASES_SHOWN, SAMPLES = 100, 5, 3


class UploadForm(forms.Form):
    """A file, or pasted text."""

    file = forms.FileField(
        label="File",
        required=False,
        widget=UnfoldAdminFileFieldWidget,  # the theme's script knows no other
        help_text="CSV, JSON or JSONL in UTF-8; at most 10 MiB and 10,000 cases.",
    )
    text = forms.CharField(
        label="Or paste it here",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "mono"}),
        help_text="With a first line such as id,query,context,reference,tags,var:plan",
    )

    def clean(self) -> dict[str, Any]:
        """Read the file, or take the pasted text."""
        data = super().clean() or {}
        file, text = data.get("file"), data.get("text") or ""
        if file and file.size > UPLOAD_BYTES:
            size = file.size / 2**20
            self.add_error("file", f"The file has {size:.1f} MiB; the limit is 10 MiB.")
        elif file:
            try:
                data["text"] = decode(file.read())
            except TableError as error:
                self.add_error("file", str(error))
        elif not text.strip() and not self.errors:
            self.add_error("file", "Choose a file, or paste its text.")
        return data


@dataclass(frozen=True)
class Column:
    """One column of the file: what it is taken for, and the first things in it."""

    name: str
    target: str
    variable: str
    samples: list[str]


@needs(Action.EDIT_DATASETS)
def import_cases(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Answer the step that the person is at."""
    dataset = find_dataset(request, pk)
    step = request.POST.get("do", "")
    if step == "discard":
        discard_upload(dataset, actor=request.actor)
        return redirect("import_cases", slug, pk)
    if step == "upload":
        return _keep(request, dataset)
    upload = Upload.objects.filter(dataset=dataset, person=request.user).first()
    if upload is None:
        return _ask_for_file(request, dataset, UploadForm())
    return _show_or_take(request, dataset, upload, take=step == "import")


def _keep(request: ProjectRequest, dataset: Dataset) -> HttpResponse:
    """Keep the given file, if it can be read at all."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _ask_for_file(request, dataset, form)
    file, text = form.cleaned_data["file"], form.cleaned_data["text"]
    name = file.name if file else "pasted text"
    try:
        _table(name, text)
        keep_upload(dataset, name=name, text=text, actor=request.actor)
    except (TableError, ContentError) as error:
        form.add_error("file" if file else "text", str(error))
        return _ask_for_file(request, dataset, form)
    return redirect("import_cases", dataset.project.slug, dataset.pk)


def _ask_for_file(request: ProjectRequest, dataset: Dataset, form: UploadForm) -> HttpResponse:
    context = {"project": request.project, "dataset": dataset, "form": form}
    status = 400 if form.errors else 200
    title = f"Import cases into {dataset}"
    return page(request, "evaluation/import_file.html", context, title=title, status=status)


def _show_or_take(
    request: ProjectRequest, dataset: Dataset, upload: Upload, *, take: bool
) -> HttpResponse:
    """Show what would come of the file; with `take`, make it the next snapshot."""
    table = _table(upload.name, upload.text)
    mapping = _mapping(request, table)
    reading = to_cases(table, mapping)
    refusal = ""
    if take and reading.cases:
        try:
            return _take(request, dataset, upload, reading.cases)
        except (Refused, ContentError) as error:
            refusal = str(error)
    context = {
        "project": request.project,
        "dataset": dataset,
        "upload": upload,
        "columns": _columns(table, mapping),
        "targets": TARGETS.items(),
        "faults": reading.faults[:FAULTS_SHOWN],
        "more_faults": max(0, len(reading.faults) - FAULTS_SHOWN),
        "cases": reading.cases[:CASES_SHOWN],
        "count": len(reading.cases),
        **_against_latest(dataset, reading.cases),
        "leaks": warned_of(reading.cases),
        "talks": sum(bool(case.messages) for case in reading.cases),
        "adds": _adds(request),
        "typed": request.POST.get("reason", ""),
        "refusal": refusal,
    }
    status = 409 if refusal else 400 if take else 200
    title = f"Import cases into {dataset}"
    return page(request, "evaluation/import_columns.html", context, title=title, status=status)


def _take(
    request: ProjectRequest, dataset: Dataset, upload: Upload, cases: Sequence[NewCase]
) -> HttpResponse:
    """Make the next snapshot of the cases of the file, alone or with those that are there."""
    freeze = add_cases if _adds(request) else add_snapshot
    reason = request.POST.get("reason", "")[:REASON_LENGTH] or f"From {upload.name}"
    snapshot = freeze(dataset, cases=cases, actor=request.actor, reason=reason)
    discard_upload(dataset, actor=request.actor)
    said = f"v{snapshot.number} of {dataset} holds {snapshot.case_count:,} cases."
    messages.success(request, said)
    return redirect(dataset_url(dataset))


def _adds(request: ProjectRequest) -> bool:
    """Are the cases of the newest snapshot to stay?"""
    return request.POST.get("mode") == "add"


def _against_latest(dataset: Dataset, cases: Sequence[NewCase]) -> dict[str, Any]:
    """Say what either way of taking the cases would change in the newest snapshot."""
    latest = latest_snapshot(dataset)
    old = cases_in(latest) if latest and cases else []
    return {
        "latest": latest,
        "replacing": summary_of(changes_of(old, cases)),
        "adding": summary_of(changes_of(old, joined(old, cases))),
    }


def _table(name: str, text: str) -> Table:
    """Read the text by its name, or by how it begins. Raises TableError."""
    ending = name.lower().rpartition(".")[2]
    is_json = ending in ("json", "jsonl", "ndjson")
    if ending != "csv" and text.lstrip()[:1] in ("[", "{"):
        is_json = True
    return import_json.read(text) if is_json else import_csv.read(text)


def _mapping(request: ProjectRequest, table: Table) -> dict[str, str]:
    """Return what the person chose for each column; what we guess where they did not."""
    guessed = guess(table.columns)
    return {
        column: request.POST.get(f"column-{number}", guessed[column])
        for number, column in enumerate(table.columns)
    }


def _columns(table: Table, mapping: dict[str, str]) -> list[Column]:
    return [
        Column(
            name=column,
            target=mapping[column],
            variable=variable_name(column),
            samples=[
                Truncator(row.cells.get(column, "")).chars(80) for row in table.rows[:SAMPLES]
            ],
        )
        for column in table.columns
    ]
