"""What a project says for the evaluation of all its prompts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.offline.bars import BUDGET_NAMES
from evaluation.offline.defaults import defaults_of, set_defaults, suites_of
from evaluation.offline.models import Suite, SuiteDefaults
from evaluation.offline.scorable import Scorable
from evaluation.web.suites import built_in
from evaluation.web.suites.changes import changes_of_defaults
from evaluation.web.suites.form import Parts, defaults_parts
from evaluation.web.suites.judge_rows import with_judge
from registry.domain.content import ContentError
from registry.domain.roles import Action
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not

SUITES_SHOWN = 50


@needs(Action.VIEW, post=Action.EDIT_DATASETS)
def suite_defaults(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show what every prompt takes over, or keep what was chosen."""
    now = defaults_of(request.project)
    posted = request.POST or None
    parts = defaults_parts(request.project, now, posted)
    if posted and "make_judge" in posted:
        return _judge_made(request, now, parts)
    if posted and parts.is_valid():
        try:
            _keep(request, parts)
        except ContentError as error:
            parts.add_error(error)
        else:
            messages.success(request, "Saved. Every prompt that takes it over uses it from now on.")
            return redirect("suite_defaults", slug)
    return _answer(request, parts, status=400 if posted else 200)


def _keep(request: ProjectRequest, parts: Parts) -> None:
    data = parts.form.cleaned_data
    set_defaults(
        request.project,
        connection=data["connection"],
        judges=parts.judges.judges or [],
        thresholds=parts.thresholds.values,
        budget=parts.budget.values,
        actor=request.actor,
        reason=data["reason"] or f"Changed by {request.user}.",
    )


def _judge_made(request: ProjectRequest, now: SuiteDefaults | None, parts: Parts) -> HttpResponse:
    """Make a built-in judge and show the form as typed with it chosen."""
    try:
        version = built_in.make(request, request.project, request.POST, parts.connection)
    except ContentError as error:
        parts.is_valid()
        parts.add_error(error)
        return _answer(request, parts, status=400)
    messages.success(request, f"{version.judge} is there and chosen below: save to use it.")
    fresh = defaults_parts(request.project, now, with_judge(request.POST, version))
    return _answer(request, fresh, status=200)


def _answer(request: ProjectRequest, parts: Parts, *, status: int) -> HttpResponse:
    project = request.project
    suites = list(suites_of(project)[:SUITES_SHOWN])
    context = {
        "project": project,
        "place": "evaluation",
        "parts": parts,
        "form": parts.form,
        "not_saved": status != 200,
        "offers": built_in.offers(project, Scorable()),
        "model": built_in.model_of_judge(parts.connection),
        "suites": [(suite, _own_words(suite)) for suite in suites],
        "changes": changes_of_defaults(project),
        "no_edit": why_not(request.actor, Action.EDIT_DATASETS, project),
    }
    title = f"Evaluation in {project}"
    return page(request, "evaluation/suite_defaults.html", context, title=title, status=status)


def _own_words(suite: Suite) -> str:
    """Return what a suite says itself, in words; "" when it takes everything over."""
    own = [
        "its connection" if suite.connection else "",
        "its judges" if suite.judges is not None else "",
        f"{len(suite.thresholds)} of the bars" if suite.thresholds else "",
        "its budget" if any(name in suite.budget for name in BUDGET_NAMES) else "",
    ]
    return ", ".join(word for word in own if word)
