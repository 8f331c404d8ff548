"""The page of a run: while it is open how far it is, then the verdict and what it rests on."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse

from evaluation.offline.models import Run
from evaluation.offline.report import SHOWN, CaseLine, Group, RunReport, report
from evaluation.offline.report.bar import bar_of
from evaluation.offline.report.falls import most_fallen
from evaluation.offline.report.live import cost_words, live_of
from evaluation.offline.report.trend import trend_of
from evaluation.web.runs.files import KINDS
from evaluation.web.runs.progress import progress_of
from registry.audit.clock import database_now
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action
from registry.release.models import Release
from registry.web.pages import page
from registry.web.permissions import ProjectRequest
from registry.web.prompts.choices import why_not

CASES_A_PAGE = 50


@dataclass(frozen=True)
class ShownGroup:
    """A group of cases as the page shows it: a first part of it, or a page of it alone."""

    group: Group
    lines: list[CaseLine]
    rest: int = 0
    shown: Page[str] | None = None


@dataclass(frozen=True)
class Problem:
    """Why the last click was refused, on which case, and what was typed."""

    words: str
    typed: dict[str, str]


def run_page(
    request: ProjectRequest,
    run: Run,
    *,
    case: str = "",
    problem: Problem | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer the page. Raises Http404 for a case that the run does not have."""
    found = report(run)
    case, chosen = case or request.GET.get("case", ""), request.GET.get("group", "")
    whole = not case and not chosen
    context = {
        "project": request.project,
        "run": run,
        "report": found,
        "case": case,
        "chosen": chosen,
        "whole": whole,
        "problem": problem,
        "kinds": KINDS,
        "calls": f"{run.calls:,}",
        "spent": cost_words(run),
        "groups": _groups(found, chosen, case, request.GET.get("page")),
        **_rights(request, run, found),
        **(_around(run, found) if whole else {}),
    }
    if not found.finished:
        context["live"] = progress_of(live_of(run, database_now()))
    title = f"{case} in run {run.pk}" if case else f"Run {run.pk} of {run.subject}"
    return page(request, "evaluation/run.html", context, title=title, status=status)


def _around(run: Run, found: RunReport) -> dict[str, Any]:
    """Return what stands around the cases: what it is judged by, the falls, the trend."""
    around: dict[str, Any] = {"bar": bar_of(run)}
    if found.finished:
        around |= {"fallen": most_fallen(run), "trend": trend_of(run.prompt)}
    return around


def _rights(request: ProjectRequest, run: Run, found: RunReport) -> dict[str, Any]:
    """Return what this person may do about the run, the one main thing among it."""
    project, actor = request.project, request.actor
    may = {
        name: why_not(actor, action, project) is None
        for name, action in (
            ("submit", Action.SUBMIT),
            ("edit", Action.EDIT_TEXT),
            ("mark", Action.MARK),
            ("cases", Action.EDIT_DATASETS),
        )
    }
    repeatable = may["submit"] and _may_repeat(run)
    edits = may["edit"] and run.prompt.archived_at is None and found.outcome in ("fail", "")
    main = "repeat" if repeatable else "edit" if edits and found.finished else "version"
    return {
        "may": may,
        "repeatable": repeatable,
        "main": main if found.finished else "",
    }


def _groups(found: RunReport, chosen: str, case: str, number: str | None) -> list[ShownGroup]:
    """Return every group with its first cases; of a chosen one the asked page; or one case."""
    if case:
        return [_one_case(found, case)]
    groups = [group for group in found.groups if not chosen or group.key == chosen]
    if chosen and groups:
        shown = Paginator(groups[0].ids, CASES_A_PAGE).get_page(number)
        return [ShownGroup(groups[0], found.lines(list(shown)), shown=shown)]
    return [
        ShownGroup(
            group,
            [] if group.key == "same" else found.lines(group.ids[:SHOWN]),
            max(0, len(group.ids) - SHOWN),
        )
        for group in groups
    ]


def _one_case(found: RunReport, case: str) -> ShownGroup:
    lines = found.lines([case])
    if not lines:
        raise Http404("This run has no such case.")
    group = next((group for group in found.groups if case in group.ids), None)
    return ShownGroup(group or Group("open", "Not sorted yet", (case,)), lines)


def _may_repeat(run: Run) -> bool:
    """Did this run, the release's last attempt, end without a verdict?"""
    if run.version_id is None or run.state not in Run.BROKEN_OFF:
        return False
    release = Release.objects.get(version=run.version_id)
    return release.state == Clearance.EVALUATING and release.attempt == run.attempt
