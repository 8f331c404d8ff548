"""All rollouts of a project: what runs now, what is planned, and how the last ones ended."""

from django.http import HttpResponse

from evaluation.web.rollouts.attempts import attempts_of
from registry.audit.clock import database_now
from registry.domain.lifecycle import UNDER_WAY
from registry.domain.roles import Action
from registry.release.models import PlannedStart, Rollout
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.rollout_card import rollout_card
from registry.web.prompts.table import texts_of

RECENT = 25
RUNNING = 50
State = PlannedStart.State


@needs(Action.VIEW)
def rollouts(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show them; `?before=ID` shows the attempts that ended before that one."""
    now, project = database_now(), request.project
    own = Rollout.objects.filter(prompt__project=project)
    running = own.filter(state__in=UNDER_WAY).select_related(
        "prompt__project", "version__release", "tick", "policy", "production_before"
    )
    running = running.defer(*texts_of("version", "production_before"))
    cards = [
        rollout_card(one, now=now)
        for one in running.prefetch_related("version__waivers").order_by("-id")[:RUNNING]
    ]
    planned = PlannedStart.objects.filter(
        prompt__project=project, state__in=[State.WAITING, State.REBASE]
    ).select_related("prompt", "version", "after__version", "planned_by")
    ended = own.exclude(state__in=UNDER_WAY).order_by("-id")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        ended = ended.filter(pk__lt=min(int(before), 2**63 - 1))
    recent = attempts_of(ended[: RECENT + 1])
    context = {
        "project": project,
        "place": "rollouts",
        "cards": cards,
        "planned": list(planned.defer(*texts_of("version", "after__version"))),
        "recent": recent[:RECENT],
        "older": recent[RECENT - 1].rollout.pk if len(recent) > RECENT else None,
        "before": before,
    }
    return page(request, "evaluation/rollouts/overview.html", context, title="Rollouts")
