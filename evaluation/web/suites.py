"""What a prompt is evaluated with: dataset, connection, and checks as rows."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.models import Dataset, Run, Suite
from evaluation.offline.suites import set_suite, suite_of
from evaluation.providers import connections
from evaluation.web.check_rows import CheckRows, Checks, initial_row, one_more
from registry.domain.content import ContentError
from registry.domain.roles import Action
from registry.projects.models import Project
from registry.prompts.models import Prompt
from registry.web.forms.fields import reason_field
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.find import find_prompt

RUNS_SHOWN = 10


class SuiteForm(forms.Form):
    """Which golden cases, and through which connection."""

    dataset = forms.ModelChoiceField(
        Dataset.objects.none(), label="Golden dataset", empty_label="choose one"
    )
    connection = forms.ChoiceField(label="Model connection", required=False)
    reason = reason_field(required=False)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].queryset = Dataset.objects.filter(project=project)  # type: ignore[attr-defined]
        named = [(name, _words(name)) for name in connections.names()]
        self.fields["connection"].choices = [("", "none yet"), *named]  # type: ignore[attr-defined]


@needs(Action.VIEW, post=Action.EDIT_DATASETS)
def suite(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show the suite and the last runs, or keep what was chosen."""
    prompt = find_prompt(request, name)
    now = suite_of(prompt)
    posted = request.POST or None
    form = SuiteForm(request.project, posted, initial=_initial(now))
    rows = Checks(posted, initial=[initial_row(c) for c in now.checks] if now else [], prefix="c")
    if posted and "add" in posted:
        return _answer(request, prompt, now, form, one_more(posted), status=200)
    if posted and form.is_valid() and rows.is_valid():
        try:
            set_suite(
                prompt,
                dataset=form.cleaned_data["dataset"],
                checks=rows.checks,
                connection=form.cleaned_data["connection"],
                actor=request.actor,
                reason=form.cleaned_data["reason"] or f"Changed by {request.user}.",
            )
        except ContentError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, "Saved. The next version that is submitted uses it.")
            return redirect("suite", slug, name)
    return _answer(request, prompt, now, form, rows, status=400 if posted else 200)


def _answer(
    request: ProjectRequest,
    prompt: Prompt,
    now: Suite | None,
    form: SuiteForm,
    rows: CheckRows,
    *,
    status: int,
) -> HttpResponse:
    runs = Run.objects.filter(prompt=prompt).select_related("version", "snapshot__dataset")
    context = {
        "project": request.project,
        "prompt": prompt,
        "suite": now,
        "snapshot": latest_snapshot(now.dataset) if now else None,
        "form": form,
        "rows": rows,
        "runs": runs[:RUNS_SHOWN],
        "datasets": Dataset.objects.filter(project=request.project).exists(),
        "no_edit": why_not(request.actor, Action.EDIT_DATASETS, request.project),
    }
    title = f"Evaluation of {prompt.name}"
    return page(request, "evaluation/suite.html", context, title=title, status=status)


def _initial(now: Suite | None) -> dict[str, Any]:
    if now is None:
        return {}
    return {"dataset": now.dataset_id, "connection": now.connection}


def _words(name: str) -> str:
    if name == connections.SIMULATED:
        return "simulated (no model is asked; clears only in a sandbox)"
    return name
