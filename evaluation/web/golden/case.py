"""One case: to read as a snapshot has it, and to change for the next snapshot."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.golden.compare import FIELDS, changed_fields
from evaluation.offline.golden.edit import (
    change_several,
    edits_of,
    frozen_case,
    keep_case,
    mark_of,
    taken_out,
    undo,
)
from evaluation.offline.models import Case, CaseEdit, Dataset
from evaluation.web.find import find_dataset
from evaluation.web.golden.case_form import CaseForms, with_one_more
from evaluation.web.golden.leaks import leak_words
from evaluation.web.golden.shown import fitting_ids, read_asked
from evaluation.web.golden.snapshots import chosen_snapshot
from evaluation.web.golden.words import check_words, field_words
from registry.domain.errors import Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not


@needs(Action.VIEW)
def show_case(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the whole of a case (`?id=refund-1`) of the newest snapshot, or of `?v=2`."""
    dataset = find_dataset(request, pk)
    if not (case_id := request.GET.get("id", "")):
        return redirect("dataset", slug, pk)
    snapshot = chosen_snapshot(dataset, request.GET.get("v", ""))
    case = _find(Case.objects.filter(snapshot=snapshot), case_id)
    context = {
        "project": request.project,
        "dataset": dataset,
        "snapshot": snapshot,
        "is_newest": snapshot == latest_snapshot(dataset),
        "case": case,
        "checks": check_words(case.checks),
        "no_edit": why_not(request.actor, Action.EDIT_DATASETS, request.project),
    }
    return page(request, "evaluation/golden/case.html", context, title=case.case_id)


@needs(Action.EDIT_DATASETS)
def new_case_page(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show an empty form with the variables that the other cases have, or keep a new case."""
    dataset = find_dataset(request, pk)
    latest = latest_snapshot(dataset)
    first = latest.cases.first() if latest else None
    start = NewCase("", inputs=dict.fromkeys(first.inputs, "") if first else {})
    return _form_page(request, dataset, start, None)


@needs(Action.EDIT_DATASETS)
def edit_case(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the form of a case as this person has it, or do what a button says with it."""
    dataset = find_dataset(request, pk)
    if not (case_id := request.GET.get("id", "")):
        return redirect("dataset_edit", slug, pk)
    edit = edits_of(dataset, request.actor).filter(case_id=case_id).first()
    frozen = frozen_case(dataset, case_id)
    step = request.POST.get("do", "")
    if step == "undo":
        undo(dataset, actor=request.actor, case_ids=[case_id])
        messages.success(request, f"Your changes to {case_id} are forgotten.")
        return redirect(_list_url(request, dataset))
    if step == "remove":
        change_several(dataset, case_ids=[case_id], change=taken_out, actor=request.actor)
        messages.success(request, f"{case_id} is not in the next snapshot.")
        return redirect(_list_url(request, dataset))
    start = _start(edit, frozen)
    return _form_page(request, dataset, start, frozen, edit)


def _start(edit: CaseEdit | None, frozen: NewCase | None) -> NewCase:
    """Return what the form begins with: the person's own, else the frozen case. Raises Http404."""
    if edit and edit.after:
        return NewCase.from_document(edit.after)
    if frozen:
        return frozen
    if edit and edit.before:
        return NewCase.from_document(edit.before)
    raise Http404("There is no such case.")


def _form_page(
    request: ProjectRequest,
    dataset: Dataset,
    start: NewCase,
    frozen: NewCase | None,
    edit: CaseEdit | None = None,
) -> HttpResponse:
    """Answer the form, or keep what was typed and go on."""
    posted: QueryDict | None = request.POST or None
    if posted and "add" in posted:
        posted = with_one_more(posted)
    forms = CaseForms(start, posted, fixed_id=start.case_id)
    status = 400 if posted and "add" not in posted else 200
    if status == 400 and (case := forms.read()):
        try:
            keep_case(dataset, case=case, seen=request.POST.get("seen", ""), actor=request.actor)
        except Stale as refused:
            forms.form.add_error(None, str(refused))
            status = 409
        except ContentError as error:
            known = error.field in forms.form.fields
            forms.form.add_error(error.field if known else None, error.message)
        else:
            return _go_on(request, dataset, case)
    context = {
        "project": request.project,
        "dataset": dataset,
        "forms": forms,
        "edit": edit,
        "frozen": frozen,
        # After a clash the page shows theirs; after a typing error it is as it was.
        "seen": mark_of(frozen) if posted is None or status == 409 else posted.get("seen", ""),
        "next_number": (latest.number if (latest := latest_snapshot(dataset)) else 0) + 1,
        "theirs": _theirs(edit, frozen, clash=status == 409),
        "query": _query(request),
        "back": _list_url(request, dataset),
    }
    title = start.case_id or "New case"
    return page(request, "evaluation/golden/case_form.html", context, title=title, status=status)


def _go_on(request: ProjectRequest, dataset: Dataset, case: NewCase) -> HttpResponse:
    """Say what was kept and warned of; go to the next case if that was asked for."""
    messages.success(request, f"{case.case_id} is kept. It counts once you save the snapshot.")
    if warning := leak_words(case):
        messages.warning(request, warning)
    if request.POST.get("do") == "next":
        ids = fitting_ids(latest_snapshot(dataset), read_asked(request.GET))
        at = ids.index(case.case_id) + 1 if case.case_id in ids else len(ids)
        if at < len(ids):
            address = reverse("case_edit", args=[dataset.project.slug, dataset.pk])
            return redirect(f"{address}{read_asked(request.GET).query(id=ids[at])}")
        messages.info(request, "That was the last case.")
    return redirect(_list_url(request, dataset))


def _theirs(edit: CaseEdit | None, frozen: NewCase | None, *, clash: bool) -> list[dict[str, Any]]:
    """Return what somebody else has in the fields where they were first, in words."""
    document = frozen.document() if frozen else {}
    if not clash and (edit is None or edit.before == (document or None)):
        return []
    before = (edit.before if edit else None) or {}
    names = changed_fields(before, document) if before else list(FIELDS)
    return [{"name": FIELDS[name], "text": field_words(name, document)} for name in names]


def _find(rows: Any, case_id: str) -> Case:
    found: Case | None = rows.filter(case_id=case_id).first()
    if found is None:
        raise Http404("There is no such case in this snapshot.")
    return found


def _query(request: ProjectRequest) -> str:
    return read_asked(request.GET).query(id=request.GET.get("id", ""))


def _list_url(request: ProjectRequest, dataset: Dataset) -> str:
    """Return the page of edits where the person came from."""
    address = reverse("dataset_edit", args=[dataset.project.slug, dataset.pk])
    return f"{address}{read_asked(request.GET).query()}"
