"""Make a golden case of an answer, whoever gave it: the form, and adding it to a dataset."""

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_case
from evaluation.offline.models import Dataset
from evaluation.web.golden.case_form import CaseForms, with_one_more
from evaluation.web.golden.leaks import leak_words, warned_of
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.projects.models import Project
from registry.web.forms.fields import reason_field
from registry.web.pages import page
from registry.web.permissions import ProjectRequest


@dataclass(frozen=True)
class Answer:
    """An answer and the case that it is to become.

    `said_by` begins the sentence “2.4.0 answered”; `starts_as` names what the form starts from;
    `start` is the case without the answer; `verdict` says how good it was, `passed` whether it
    kept the rules (None: nobody asked). `back` is where one came from. `original` is the case
    that was answered, if it stands in `dataset`.
    """

    said_by: str
    output: str
    starts_as: str
    start: NewCase
    dataset: Dataset
    reason: str
    back: str
    back_words: str
    verdict: str = ""
    passed: bool | None = None
    error: str = ""
    original: str = ""


class IntoForm(forms.Form):
    """Which dataset takes the case, and why."""

    dataset = forms.ModelChoiceField(Dataset.objects.none(), label="Into", empty_label=None)
    reason = reason_field()

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].queryset = Dataset.objects.filter(project=project)  # type: ignore[attr-defined]


def case_from(request: ProjectRequest, answer: Answer) -> HttpResponse:
    """Show the new case as a form (`?reference=answer` starts from the answer), or add it."""
    start = answer.start
    if request.GET.get("reference") == "answer":
        start = replace(start, reference=answer.output)
    posted: QueryDict | None = request.POST or None
    adds = bool(posted and "add" in posted)
    if posted and adds:
        posted = with_one_more(posted)
    case_forms = CaseForms(start, posted)
    first = {"dataset": answer.dataset, "reason": answer.reason}
    into = IntoForm(request.project, posted, initial=first)
    status = 400 if posted and not adds else 200
    if status == 400 and into.is_valid() and (case := case_forms.read()):
        try:
            return _add(request, answer, into.cleaned_data, case)
        except ContentError as error:
            known = error.field in case_forms.form.fields
            case_forms.form.add_error(error.field if known else None, error.message)
        except Refused as refused:
            into.add_error(None, str(refused))
            status = 409
    context = {
        "project": request.project,
        "answer": answer,
        "forms": case_forms,
        "into": into,
        "leaks": warned_of([start]),
    }
    title = f"New case from {answer.starts_as}"
    return page(request, "evaluation/golden/from_result.html", context, title=title, status=status)


def _add(
    request: ProjectRequest, answer: Answer, into: dict[str, Any], case: NewCase
) -> HttpResponse:
    snapshot = add_case(into["dataset"], case=case, actor=request.actor, reason=into["reason"])
    messages.success(
        request,
        f"{case.case_id} is in v{snapshot.number} of {into['dataset']}. What is submitted from "
        "now on is evaluated on it.",
    )
    if warning := leak_words(case):
        messages.warning(request, warning)
    return redirect(answer.back)
