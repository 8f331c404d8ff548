"""Change several cases of a dataset, look at what would come of it, save the next snapshot."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from evaluation.offline.cases import BadCase, NewCase
from evaluation.offline.datasets import latest_snapshot, new_case
from evaluation.offline.golden.compare import FIELDS, summary_of
from evaluation.offline.golden.edit import Change, change_several, tagged, taken_out, undo
from evaluation.offline.golden.freeze import Pending, freeze_edits, pending_of
from evaluation.offline.models import CaseEdit, Dataset
from evaluation.web.find import find_dataset
from evaluation.web.golden.leaks import warned_of
from evaluation.web.golden.shown import Asked, fitting_ids, read_asked, shown_cases
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.models import Person
from registry.web.forms.fields import add_refusal, reason_field
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

IDS_SHOWN = 8


class SaveForm(forms.Form):
    """Why the next snapshot is made."""

    reason = reason_field()


@dataclass(frozen=True)
class Row:
    """A case as the page lists it: as it will be, and what this person did to it."""

    case: NewCase
    change: Pending | None


@dataclass(frozen=True)
class Group:
    """Cases to which the same happens, in the same fields."""

    what: str
    fields: str
    theirs: bool
    ids: list[str]

    @property
    def first(self) -> list[str]:
        """The ids to show at once."""
        return self.ids[:IDS_SHOWN]

    @property
    def more(self) -> list[str]:
        """The ids to show when asked."""
        return self.ids[IDS_SHOWN:]


@needs(Action.EDIT_DATASETS)
def edit_dataset(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the cases and what waits for the next snapshot, or do what a button says."""
    dataset = find_dataset(request, pk)
    asked = read_asked(request.GET)
    step = request.POST.get("do", "")
    form = SaveForm(request.POST if step == "save" else None)
    if step == "save":
        if form.is_valid():
            try:
                return _save(request, dataset, form.cleaned_data["reason"])
            except Refused as refused:
                add_refusal(form, refused)
                return _answer(request, dataset, asked, form, 409)
            except ContentError as error:
                form.add_error("reason", error.message)
        return _answer(request, dataset, asked, form, 400)
    if request.method == "POST":
        _change(request, dataset, asked, step)
        return redirect(_url(dataset, asked))
    return _answer(request, dataset, asked, form, 200)


def _save(request: ProjectRequest, dataset: Dataset, reason: str) -> HttpResponse:
    snapshot = freeze_edits(dataset, actor=request.actor, reason=reason)
    messages.success(
        request,
        f"v{snapshot.number} of {dataset} holds {snapshot.case_count:,} cases. What is submitted "
        "from now on is evaluated on it.",
    )
    return redirect("dataset", dataset.project.slug, dataset.pk)


def _change(request: ProjectRequest, dataset: Dataset, asked: Asked, step: str) -> None:
    """Do something to the ticked cases, or to all that fit; say how many it was."""
    if step == "discard":
        count = undo(dataset, actor=request.actor)
        messages.success(request, f"{_cases(count)} as before: your changes are forgotten.")
        return
    # No id holds NUL, which PostgreSQL cannot even compare.
    ids = [case_id for case_id in request.POST.getlist("case") if "\x00" not in case_id]
    if "all" in request.POST:
        ids = fitting_ids(latest_snapshot(dataset), replace(asked, after=0))
    if not ids:
        messages.error(request, "Nothing was ticked. Tick the cases that are to change.")
        return
    if step == "undo":
        count = undo(dataset, actor=request.actor, case_ids=ids)
        messages.success(request, f"{_cases(count)} as before.")
        return
    try:
        change = _asked_change(request, step)
        count = change_several(dataset, case_ids=ids, change=change, actor=request.actor)
    except BadCase as error:
        messages.error(request, f"{error} Nothing was changed.")
        return
    more = "" if count == len(ids) else f" {_cases(len(ids) - count)} so already."
    messages.success(request, f"{count:,} of {len(ids):,} changed.{more}")


def _asked_change(request: ProjectRequest, step: str) -> Change:
    """Return what is to be done to each case. Raises BadCase when it cannot be read."""
    tags = [tag.strip() for tag in request.POST.get("tags", "").split(",") if tag.strip()]
    if step == "remove":
        return taken_out
    if not tags:
        raise BadCase(["Write the tags, with commas between them."])
    return tagged(remove=tags) if step == "untag" else tagged(add=tags)


def _answer(
    request: ProjectRequest, dataset: Dataset, asked: Asked, form: SaveForm, status: int
) -> HttpResponse:
    latest = latest_snapshot(dataset)
    shown = shown_cases(latest, asked)
    pending = pending_of(dataset, request.actor)
    by_id = {change.case_id: change for change in pending}
    context = {
        "project": request.project,
        "dataset": dataset,
        "latest": latest,
        "next_number": (latest.number if latest else 0) + 1,
        "shown": shown,
        "asked": asked,
        "rows": [_row(new_case(case), by_id.get(case.case_id)) for case in shown.rows],
        "groups": _groups(pending),
        "summary": summary_of(pending),
        "leaks": warned_of(_with_new_text(pending)),
        "others": _others(request, dataset),
        "form": form,
    }
    title = f"Edit {dataset}"
    return page(request, "evaluation/golden/edit.html", context, title=title, status=status)


def _row(case: NewCase, change: Pending | None) -> Row:
    return Row(NewCase.from_document(change.after) if change and change.after else case, change)


def _groups(pending: Iterable[Pending]) -> list[Group]:
    """Put like changes together, those that others have made too before all."""
    groups: dict[tuple[str, str, bool], Group] = {}
    for change in pending:
        names = change.fields if change.what == "changed" else []
        key = (change.what, ", ".join(FIELDS[name] for name in names), change.theirs)
        groups.setdefault(key, Group(*key, [])).ids.append(change.case_id)
    return sorted(groups.values(), key=lambda group: not group.theirs)


def _with_new_text(pending: Iterable[Pending]) -> Iterator[NewCase]:
    """Yield the cases whose texts differ: a tag on thousands needs no search through them all."""
    for change in pending:
        if change.after and set(change.fields) - {"tags", "cluster", "checks"}:
            yield NewCase.from_document(change.after)


def _others(request: ProjectRequest, dataset: Dataset) -> list[str]:
    """Return who else has changes that are not saved yet."""
    edits = CaseEdit.objects.filter(dataset=dataset).exclude(person=request.user)
    return sorted(map(str, Person.objects.filter(pk__in=edits.order_by().values("person"))))


def _cases(count: int) -> str:
    return f"{count:,} case{' is' if count == 1 else 's are'}"


def _url(dataset: Dataset, asked: Asked) -> str:
    return reverse("dataset_edit", args=[dataset.project.slug, dataset.pk]) + asked.query()
