"""Home: what waits for this person, what is rolling out, what failed, what changed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.urls import reverse

from registry.audit.clock import database_now
from registry.domain.lifecycle import UNDER_WAY, Clearance
from registry.domain.roles import Action, Role, allowed
from registry.projects.access import projects_of, scoped
from registry.projects.create import may_create_project
from registry.projects.models import Membership, Person
from registry.prompts.models import Draft, Prompt, Version
from registry.release.models import Approval, Contributor, Label, LabelEvent, Release, Rollout
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in
from registry.web.prompts.prompt import prompt_url
from registry.web.prompts.rollout_card import RolloutCard, rollout_card
from registry.web.prompts.table import texts_of
from registry.web.prompts.version import version_url

ROWS = 20
LATELY = timedelta(days=14)


@dataclass(frozen=True)
class Waiting:
    """Something that waits for this person: what to do, where, since when, and why it is there."""

    verb: str
    url: str
    prompt: Prompt
    semver: str
    risk: str
    since: datetime
    why: str


@signed_in
def home(request: PersonRequest) -> HttpResponse:
    """Answer the first page after sign-in."""
    person, now = request.user, database_now()
    rights = rights_of(person)
    cards = _rolling_out(person, now)
    waiting = [*_due(cards, rights), *_releases(person, rights), *_drafts(person)]
    projects = list(projects_of(person))
    context = {
        "waiting": sorted(waiting, key=lambda item: item.since)[:ROWS],
        "waiting_count": len(waiting),
        "cards": cards,
        "failed": _failed(person, now),
        "changed": _changed(person),
        "projects": projects,
        "may_open_project": not projects and may_create_project(person),
        "may_create": [p for p in projects if allowed(Action.EDIT_PROMPT, rights[p.pk])],
        "has_prompts": scoped(Prompt.objects.all(), person).exists(),
    }
    return page(request, "registry/home.html", context, title="Home")


def rights_of(person: Person) -> dict[int, frozenset[Role]]:
    """Return the person's roles by project id, empty for a project they are not in."""
    rows = Membership.objects.filter(person=person).values_list("project_id", "role")
    roles: dict[int, frozenset[Role]] = defaultdict(frozenset)
    for project_id, role in rows:
        roles[project_id] |= {Role(role)}
    return roles


def _rolling_out(person: Person, now: datetime) -> list[RolloutCard]:
    """Return the rollouts under way in the person's projects."""
    rows = scoped(Rollout.objects.filter(state__in=UNDER_WAY), person, "prompt__project")
    rows = rows.select_related("prompt__project", "version__release")
    rows = rows.defer(*texts_of("version")).prefetch_related("version__waivers")
    return [rollout_card(row, now=now) for row in rows[:ROWS]]


def _due(cards: list[RolloutCard], rights: dict[int, frozenset[Role]]) -> list[Waiting]:
    """Return the rollouts that this person could advance now."""
    return [
        Waiting(
            verb="Advance",
            url=prompt_url(card.rollout.prompt),
            prompt=card.rollout.prompt,
            semver=card.rollout.version.semver,
            risk=card.rollout.version.release.risk,
            since=card.due_at,
            why=f"This step is over; next: {card.next_words}.",
        )
        for card in cards
        if card.can_advance and allowed(Action.ADVANCE, rights[card.rollout.prompt.project_id])
    ]


_VERBS = {
    Clearance.IN_REVIEW: "Review",
    Clearance.UNDECIDED: "Decide",
    Clearance.CLEARED: "Start",
    Clearance.DRAFT: "Submit",
}


def _releases(person: Person, rights: dict[int, frozenset[Role]]) -> list[Waiting]:
    """Return the versions whose next step is this person's."""

    def where(action: Action) -> list[int]:
        return [pk for pk, roles in rights.items() if allowed(action, roles)]

    contributed = Contributor.objects.filter(version=OuterRef("version"), person=person)
    answered = Approval.objects.filter(
        version=OuterRef("version"), approver=person, verdict=OuterRef("verdict")
    )
    to_sign = Q(
        ~Exists(contributed),
        ~Exists(answered),
        state__in=[Clearance.IN_REVIEW, Clearance.UNDECIDED],
        prompt__project__in=where(Action.REVIEW),
    )
    to_start = Q(
        state=Clearance.CLEARED,
        prompt__project__in=where(Action.START_ROLLOUT),
        version__rollouts=None,
    )
    to_submit = Q(
        state=Clearance.DRAFT, version__author=person, prompt__project__in=where(Action.SUBMIT)
    )
    rows = _newer_than_production(scoped(Release.objects.all(), person, "prompt__project"))
    rows = rows.filter(to_sign | to_start | to_submit, prompt__archived_at=None)
    rows = rows.select_related("version", "prompt__project").order_by("changed_at")
    rows = rows.defer(*texts_of("version"))
    return [_waiting(row) for row in rows[: ROWS * 5]]


def _newer_than_production(rows: QuerySet[Release]) -> QuerySet[Release]:
    """Leave out versions that production has passed by: they wait for nobody."""
    serving = Label.objects.filter(prompt=OuterRef("prompt"), name="production")
    rows = rows.annotate(served=Subquery(serving.values("version__revision")[:1]))
    return rows.filter(Q(served=None) | Q(version__revision__gt=F("served")))


def _waiting(release: Release) -> Waiting:
    return Waiting(
        verb=_VERBS[Clearance(release.state)],
        url=version_url(_with_prompt(release)),
        prompt=release.prompt,
        semver=release.version.semver,
        risk=release.risk,
        since=release.changed_at,
        why=release.version.change_reason,
    )


def _with_prompt(release: Release) -> Version:
    """Return the version with its prompt at hand, so that no further query fetches it."""
    release.version.prompt = release.prompt
    return release.version


def _drafts(person: Person) -> list[Waiting]:
    """Return the person's unsaved work."""
    rows = scoped(Draft.objects.filter(person=person, discarded_at=None), person, "prompt__project")
    return [
        Waiting(
            verb="Go on",
            url=reverse("editor", args=[draft.prompt.project.slug, draft.prompt.name]),
            prompt=draft.prompt,
            semver="draft",
            risk="",
            since=draft.updated_at,
            why=draft.reason or "Not saved yet.",
        )
        for draft in rows.select_related("prompt__project")[:ROWS]
    ]


def _failed(person: Person, now: datetime) -> list[Release]:
    rows = scoped(Release.objects.filter(state=Clearance.FAILED), person, "prompt__project")
    rows = rows.filter(changed_at__gte=now - LATELY, prompt__archived_at=None)
    rows = rows.select_related("version", "prompt__project", "verdict")
    return list(rows.defer(*texts_of("version")).order_by("-changed_at")[:5])


def _changed(person: Person) -> list[LabelEvent]:
    rows = scoped(LabelEvent.objects.filter(name="production"), person, "prompt__project")
    rows = rows.select_related("prompt__project", "version_before", "version_after", "actor")
    rows = rows.defer(*texts_of("version_before", "version_after"))
    return list(rows.order_by("-at", "-id")[:10])
