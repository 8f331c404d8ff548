"""The click that takes a planned start back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from registry.audit.clock import database_now
from registry.domain.roles import Action
from registry.release.models import PlannedStart
from registry.release.planned import cancel
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt
from registry.web.prompts.version import version_url


@needs(post=Action.START_ROLLOUT)
def planned_cancel(request: ProjectRequest, slug: str, name: str, pk: int) -> HttpResponse:
    """Cancel a start that waits."""
    prompt = find_prompt(request, name)
    rows = PlannedStart.objects.select_related("version__prompt__project", "prompt__project")
    planned = rows.filter(prompt=prompt, pk=pk).first()
    if planned is None:
        raise Http404("There is no such planned start.")
    reason = f"Cancelled by {request.user}."
    cancel(planned, actor=request.actor, reason=reason, now=database_now())
    messages.success(request, f"{planned.version.semver} does not start by itself any more.")
    return redirect(version_url(planned.version))
