"""Home: what waits for this person, is rolling out, failed, was skipped, or changed."""

from datetime import datetime, timedelta

from django.http import HttpResponse

from evaluation.web.rollouts.attempts import Attempt, attempts_of
from registry.audit.clock import database_now
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action, allowed
from registry.projects.access import projects_of, rights_of, scoped
from registry.projects.create import may_create_project
from registry.projects.models import Person
from registry.prompts.models import Prompt
from registry.release.models import LabelEvent, Release, Rollout, Waiver
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in
from registry.web.prompts.table import MARKS, texts_of
from registry.web.prompts.version import version_url
from registry.web.review.waiting import rolling_out, waiting_for

ROWS = 20
LATELY = timedelta(days=14)
WAIVERS_LATELY = timedelta(days=30)


@signed_in
def home(request: PersonRequest) -> HttpResponse:
    """Answer the first page after sign-in."""
    person, now = request.user, database_now()
    rights, cards = rights_of(person), rolling_out(person, now)
    waiting = waiting_for(person, rights, cards, now)
    request.waiting = len(waiting)
    projects = list(projects_of(person))
    context = {
        "waiting": waiting[:ROWS],
        "waiting_count": len(waiting),
        "cards": cards[:ROWS],
        "failed": _failed(person, now),
        "went_back": _went_back(person, now),
        "waivers": _waivers(person, now),
        "changed": _changed(person),
        "projects": projects,
        "may_open_project": not projects and may_create_project(person),
        "may_create": [p for p in projects if allowed(Action.EDIT_PROMPT, rights[p.pk])],
        "has_prompts": scoped(Prompt.objects.all(), person).exists(),
    }
    return page(request, "registry/home.html", context, title="Home")


def _failed(person: Person, now: datetime) -> list[Release]:
    rows = scoped(Release.objects.filter(state=Clearance.FAILED), person, "prompt__project")
    rows = rows.filter(changed_at__gte=now - LATELY, prompt__archived_at=None)
    rows = rows.select_related("version", "prompt__project", "verdict")
    return list(rows.defer(*texts_of("version")).order_by("-changed_at")[:5])


def _went_back(person: Person, now: datetime) -> list[Attempt]:
    """Return the rollouts that live traffic ended lately, the newest first."""
    rows = Rollout.objects.filter(ended_as=Rollout.EndedAs.REGRESSED, ended_at__gte=now - LATELY)
    rows = scoped(rows.filter(prompt__archived_at=None), person, "prompt__project")
    return attempts_of(rows.order_by("-ended_at", "-id")[:5])


def _waivers(person: Person, now: datetime) -> list[dict[str, object]]:
    """Return the steps that were skipped lately: who skipped what, why, and its mark for ever."""
    rows = Waiver.objects.filter(created_at__gte=now - WAIVERS_LATELY)
    rows = scoped(rows, person, "version__prompt__project").select_related(
        "by", "version__prompt__project"
    )
    rows = rows.defer(*texts_of("version")).order_by("-id")
    return [
        {"waiver": row, "mark": MARKS[row.step], "url": version_url(row.version)}
        for row in rows[:10]
    ]


def _changed(person: Person) -> list[LabelEvent]:
    rows = scoped(LabelEvent.objects.filter(name="production"), person, "prompt__project")
    rows = rows.select_related("prompt__project", "version_before", "version_after", "actor")
    rows = rows.defer(*texts_of("version_before", "version_after"))
    return list(rows.order_by("-at", "-id")[:10])
