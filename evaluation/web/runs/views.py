"""Show the report of a run, say how far it is, and let a person end it."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect

from evaluation.offline.conclude import cancel
from evaluation.offline.models import Run
from evaluation.offline.report.live import live_of
from evaluation.web.find import find_run
from evaluation.web.runs.address import run_url
from evaluation.web.runs.page import run_page
from evaluation.web.runs.progress import progress_of
from registry.audit.clock import database_now
from registry.domain.roles import Action
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.typed import reason_of


@needs(Action.VIEW)
def show_run(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the verdict in words, the figures, and the cases in groups.

    `?group=same` shows one group by pages, `?case=q7` one case.
    """
    return run_page(request, find_run(request, pk))


@needs(Action.VIEW)
def run_progress(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Answer how far the run is, for the page to ask every two seconds."""
    live = live_of(find_run(request, pk), database_now())
    return JsonResponse(progress_of(live))


@needs(post=Action.SUBMIT)
def run_cancel(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """End the run; what is finished is kept for a repeat."""
    run = find_run(request, pk)
    cancel(run, actor=request.actor, reason=reason_of(request, ""))
    run.refresh_from_db(fields=["state"])
    ended = (
        "is cancelled" if run.state == Run.State.CANCELLED else "ends once its open calls are in"
    )
    messages.success(request, f"Run {run.pk} {ended}. Its finished answers are kept.")
    return redirect(run_url(run))
