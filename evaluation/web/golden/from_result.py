"""Make a golden case of what a run gave: a new case that starts as the one it answered."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from evaluation.offline.cases import ID_LENGTH, NewCase
from evaluation.offline.datasets import add_case, latest_snapshot, new_case
from evaluation.offline.models import CaseResult, Dataset
from evaluation.web.find import one_of
from evaluation.web.golden.case_form import CaseForms, with_one_more
from evaluation.web.golden.leaks import leak_words, warned_of
from evaluation.web.runs.address import run_url
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.models import Project
from registry.web.forms.fields import reason_field
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

_IDS_TRIED = 1000


class IntoForm(forms.Form):
    """Which dataset takes the case, and why."""

    dataset = forms.ModelChoiceField(Dataset.objects.none(), label="Into", empty_label=None)
    reason = reason_field()

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].queryset = Dataset.objects.filter(project=project)  # type: ignore[attr-defined]


@needs(Action.EDIT_DATASETS)
def case_from_result(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the new case as a form (`?reference=answer` starts from the answer), or add it."""
    result = _find(request, pk)
    dataset = result.run.snapshot.dataset
    start = _start(result, with_answer=request.GET.get("reference") == "answer")
    posted: QueryDict | None = request.POST or None
    adds = bool(posted and "add" in posted)
    if posted and adds:
        posted = with_one_more(posted)
    case_forms = CaseForms(start, posted)
    reason = f"From run {result.run_id}: {result.run.subject} answered {result.case}."
    into = IntoForm(request.project, posted, initial={"dataset": dataset, "reason": reason})
    status = 400 if posted and not adds else 200
    if status == 400 and into.is_valid() and (case := case_forms.read()):
        try:
            return _add(request, result, into.cleaned_data, case)
        except ContentError as error:
            known = error.field in case_forms.form.fields
            case_forms.form.add_error(error.field if known else None, error.message)
        except Refused as refused:
            into.add_error(None, str(refused))
            status = 409
    context = {
        "project": request.project,
        "result": result,
        "dataset": dataset,
        "forms": case_forms,
        "into": into,
        "leaks": warned_of([start]),
        "run_url": run_url(result.run),
    }
    title = f"New case from {result.case}"
    return page(request, "evaluation/golden/from_result.html", context, title=title, status=status)


def _add(
    request: ProjectRequest, result: CaseResult, into: dict[str, Any], case: NewCase
) -> HttpResponse:
    snapshot = add_case(into["dataset"], case=case, actor=request.actor, reason=into["reason"])
    messages.success(
        request,
        f"{case.case_id} is in v{snapshot.number} of {into['dataset']}. What is submitted from "
        "now on is evaluated on it.",
    )
    if warning := leak_words(case):
        messages.warning(request, warning)
    return redirect(run_url(result.run))


def _find(request: ProjectRequest, pk: int) -> CaseResult:
    rows = CaseResult.objects.filter(run__prompt__project=request.project).select_related(
        "case", "run__snapshot__dataset", "run__version__prompt", "run__candidate", "run__prompt"
    )
    return one_of(rows, pk, otherwise="There is no such answer in the project.")


def _start(result: CaseResult, *, with_answer: bool) -> NewCase:
    """Return what the form begins with: the case that was answered, under a free id."""
    case = new_case(result.case)
    reference = result.output if with_answer else case.reference
    return replace(case, case_id=_free_id(result), reference=reference)


def _free_id(result: CaseResult) -> str:
    """Return the case's id with the first number that no case has."""
    latest = latest_snapshot(result.run.snapshot.dataset)
    stem = result.case.case_id[: ID_LENGTH - 5]
    rows = latest.cases.filter(case_id__startswith=f"{stem}-") if latest else None
    taken = set(rows.values_list("case_id", flat=True)) if rows is not None else set()
    tried = (f"{stem}-{number}" for number in range(2, _IDS_TRIED))
    return next((name for name in tried if name not in taken), "")
