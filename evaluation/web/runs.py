"""The report of a run, its live progress, and the end that a person can give it."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from evaluation.offline.conclude import cancel
from evaluation.offline.models import CaseResult, Run
from evaluation.offline.report import SHOWN, CaseLine, Group, RunReport, report
from evaluation.web.find import find_run
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action
from registry.release.models import Release
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.typed import reason_of

CASES_A_PAGE = 50


@needs(Action.VIEW)
def show_run(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the verdict in words, the figures, and the cases in groups (`?group=same` alone)."""
    run = find_run(request, pk)
    found = report(run)
    context = {
        "project": request.project,
        "run": run,
        "report": found,
        "groups": _groups(found, request.GET.get("group", ""), request.GET.get("page")),
        "chosen": request.GET.get("group", ""),
        "repeatable": _may_repeat(run),
        "no_submit": why_not(request.actor, Action.SUBMIT, request.project),
    }
    return page(request, "evaluation/run.html", context, title=f"Run {run.pk} of {run.version}")


@needs(Action.VIEW)
def run_progress(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Answer how far the run is, for the page to ask every two seconds."""
    found = report(find_run(request, pk))
    run = found.run
    failing = run.results.filter(arm=CaseResult.Arm.CANDIDATE, passed=False)
    return JsonResponse(
        {
            "state": run.state,
            "finished": found.finished,
            "headline": found.headline,
            "done": found.done,
            "total": run.total,
            "failing": failing.count(),
        }
    )


@needs(post=Action.SUBMIT)
def run_cancel(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """End the run; what is finished is kept for a repeat."""
    run = find_run(request, pk)
    cancel(run, actor=request.actor, reason=reason_of(request, ""))
    messages.success(request, f"Run {run.pk} is cancelled. Its finished answers are kept.")
    return redirect(run_url(run))


def run_url(run: Run) -> str:
    """Return the address of the run's report."""
    return reverse("run", args=[run.prompt.project.slug, run.pk])


@dataclass(frozen=True)
class ShownGroup:
    """A group of cases as the page shows it: a first part of it, or a page of it alone."""

    group: Group
    lines: list[CaseLine]
    rest: int
    shown: Page[str] | None = None


def _groups(found: RunReport, chosen: str, number: str | None) -> list[ShownGroup]:
    """Return every group with its first cases; of a chosen one, the asked page."""
    groups = [group for group in found.groups if not chosen or group.key == chosen]
    if chosen and groups:
        shown = Paginator(groups[0].ids, CASES_A_PAGE).get_page(number)
        return [ShownGroup(groups[0], found.lines(list(shown)), 0, shown)]
    return [
        ShownGroup(group, found.lines(group.ids[:SHOWN]), max(0, len(group.ids) - SHOWN))
        for group in groups
    ]


def _may_repeat(run: Run) -> bool:
    """Did this run, the release's last attempt, end without a verdict?"""
    release = Release.objects.get(version=run.version_id)
    return (
        run.state in (Run.State.ERRORED, Run.State.CANCELLED)
        and release.state == Clearance.EVALUATING
        and release.attempt == run.attempt
    )
