"""What a prompt is evaluated with: cases, connection, judges, checks, bars and budget."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.effective import effective
from evaluation.offline.models import Dataset, Run, Suite
from evaluation.offline.suites import set_suite, suite_of
from evaluation.web.suites import built_in
from evaluation.web.suites.ahead import ahead_of
from evaluation.web.suites.changes import changes_of
from evaluation.web.suites.form import Parts, suite_parts
from evaluation.web.suites.judge_rows import with_judge
from registry.domain.content import ContentError
from registry.domain.roles import Action
from registry.prompts.models import Prompt
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.find import find_prompt

RUNS_SHOWN = 10


@needs(Action.VIEW, post=Action.EDIT_DATASETS)
def suite(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show the suite and the last runs, or keep what was chosen."""
    prompt = find_prompt(request, name)
    now = suite_of(prompt)
    posted = request.POST or None
    parts = suite_parts(request.project, now, posted)
    if posted and "add" in posted:
        return _answer(request, prompt, now, parts.with_one_more_check(posted), status=200)
    if posted and "make_judge" in posted:
        return _judge_made(request, prompt, now, parts)
    if posted and parts.is_valid():
        try:
            _keep(request, prompt, parts)
        except ContentError as error:
            parts.add_error(error)
        else:
            messages.success(request, "Saved. The next version that is submitted uses it.")
            return redirect("suite", slug, name)
    return _answer(request, prompt, now, parts, status=400 if posted else 200)


def _keep(request: ProjectRequest, prompt: Prompt, parts: Parts) -> None:
    data = parts.form.cleaned_data
    set_suite(
        prompt,
        dataset=data["dataset"],
        checks=parts.checks.checks if parts.checks is not None else [],
        connection=data["connection"],
        judges=parts.judges.judges,
        thresholds=parts.thresholds.values,
        budget=parts.budget.values,
        actor=request.actor,
        reason=data["reason"] or f"Changed by {request.user}.",
    )


def _judge_made(
    request: ProjectRequest, prompt: Prompt, now: Suite | None, parts: Parts
) -> HttpResponse:
    """Make a built-in judge and show the form as typed with it chosen; nothing else is kept."""
    try:
        version = built_in.make(request, request.project, request.POST, parts.connection)
    except ContentError as error:
        parts.is_valid()
        parts.add_error(error)
        return _answer(request, prompt, now, parts, status=400)
    messages.success(
        request,
        f"{version.judge} is there, asked through {version.connection}. It is chosen below: "
        "save to use it.",
    )
    fresh = suite_parts(request.project, now, with_judge(request.POST, version))
    return _answer(request, prompt, now, fresh, status=200)


def _answer(
    request: ProjectRequest, prompt: Prompt, now: Suite | None, parts: Parts, *, status: int
) -> HttpResponse:
    project = request.project
    runs = Run.objects.filter(prompt=prompt).select_related(
        "version", "candidate", "snapshot__dataset"
    )
    holds = effective(now, project)
    snapshot = latest_snapshot(now.dataset) if now else None
    ahead = ahead_of(prompt, now, snapshot)
    context: dict[str, Any] = {
        "project": project,
        "prompt": prompt,
        "suite": now,
        "snapshot": snapshot,
        "holds": holds,
        "ahead": ahead,
        "parts": parts,
        "form": parts.form,
        "not_saved": status != 200,
        "rows": parts.checks,
        "offers": built_in.offers(project, ahead.cases),
        "model": built_in.model_of_judge(parts.connection),
        "changes": changes_of(prompt, now),
        "runs": runs[:RUNS_SHOWN],
        "datasets": Dataset.objects.filter(project=project).exists(),
        "no_edit": why_not(request.actor, Action.EDIT_DATASETS, project),
    }
    title = f"Evaluation of {prompt.name}"
    return page(request, "evaluation/suite.html", context, title=title, status=status)
