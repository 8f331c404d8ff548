"""The inbox: what waits for me, what I wrote that is on its way, what was decided."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse

from registry.audit.clock import database_now
from registry.domain.fields import whole_number
from registry.domain.lifecycle import NEXT_ACTOR, UNDER_WAY, Clearance
from registry.projects.access import rights_of, scoped
from registry.projects.models import Person
from registry.prompts.models import Version
from registry.release.models import Approval, Release, Rollout
from registry.release.passed_by import not_passed_by, with_served
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in
from registry.web.prompts.table import texts_of
from registry.web.review.due import with_words
from registry.web.review.waiting import (
    CAP,
    Waiting,
    count_waiting,
    finding_of,
    review_url,
    rolling_out,
    version_of,
    waiting_for,
)

ROWS = 30
ROLLING = "It is being rolled out; a releaser takes each step."
TABS = {"waiting": "Waiting for me", "mine": "Mine", "decided": "Decided"}
# The order of the groups, and what stands over each.
GROUPS = {
    "alarm": "Production got worse",
    "held": "Rollouts that are held",
    "review": "To review",
    "decide": "Undecided: the evaluation could not tell",
    "advance": "Rollouts whose step is over",
    "rebase": "Waiting for a text that is up to date",
    "start": "Cleared, not started",
    "errored": "The run broke off",
    "changes": "Changes requested from you",
    "submit": "Saved, not submitted",
    "draft": "Not saved yet",
}


@dataclass(frozen=True)
class Mine:
    """A version of mine that is on its way: where it stands, and whose turn it is."""

    release: Release
    version: Version
    url: str
    finding: str
    outcome: str
    turn: str


@dataclass(frozen=True)
class Decided:
    """An answer somebody gave."""

    answer: Approval
    url: str
    by_me: bool


@signed_in
def inbox(request: PersonRequest) -> HttpResponse:
    """Show one of the tabs; `?tab=waiting|mine|decided`."""
    person, now = request.user, database_now()
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "waiting"
    waiting = waiting_for(person, rights_of(person), rolling_out(person, now), now)
    request.waiting = len(waiting)
    context = {
        "tab": tab,
        "tabs": TABS.items(),
        "count": len(waiting),
        "several": len({item.prompt.project_id for item in waiting}) > 1,
        **_tab(request, tab, waiting),
    }
    return page(request, "registry/review/inbox.html", context, title="Inbox")


def badge(request: HttpRequest) -> str:
    """Return how much waits for whoever is signed in, for the navigation; "" for nothing."""
    if not isinstance(request.user, Person):
        return ""
    count: int | None = getattr(request, "waiting", None)
    if count is None:
        count = count_waiting(request.user, rights_of(request.user), database_now())
    return "" if not count else f"{CAP - 1}+" if count >= CAP else str(count)


def _tab(request: PersonRequest, tab: str, waiting: list[Waiting]) -> dict[str, Any]:
    if tab == "mine":
        return {"mine": _mine(request.user)}
    if tab == "decided":
        return _decided(request.user, request.GET.get("before", ""))
    groups = [
        (key, title, [item for item in waiting if item.kind == key])
        for key, title in GROUPS.items()
    ]
    return {"groups": [group for group in groups if group[2]]}


def _mine(person: Person) -> list[Mine]:
    """Return what the person wrote and what has not ended, the latest change first."""
    answered = Exists(Version.objects.filter(answers=OuterRef("version")))
    on_its_way = Q(state__in=[Clearance.EVALUATING, Clearance.UNDECIDED, Clearance.IN_REVIEW])
    sent_back = Q(~answered, state=Clearance.CHANGES_REQUESTED)
    ahead = Q(not_passed_by(), state__in=[Clearance.DRAFT, Clearance.FAILED])
    rolling = Rollout.objects.filter(version=OuterRef("version"), state__in=UNDER_WAY)
    started = Rollout.objects.filter(version=OuterRef("version"), kind=Rollout.Kind.SHIP)
    shipping = Q(~Exists(started) | Exists(rolling), not_passed_by(), state=Clearance.CLEARED)
    rows = with_served(scoped(Release.objects.all(), person, "prompt__project"))
    rows = rows.annotate(rolling=Exists(rolling))
    rows = rows.filter(
        on_its_way | sent_back | ahead | shipping, version__contributors__person=person
    )
    rows = rows.filter(prompt__archived_at=None, version__origin__isnull=True)
    rows = with_words(rows).order_by("-changed_at")[:CAP]
    return [_my_row(row) for row in rows]


def _my_row(release: Release) -> Mine:
    version = version_of(release)
    outcome, finding = finding_of(release)
    broken = outcome == "errored"  # or just running: only its own page knows
    turn = NEXT_ACTOR[Clearance(release.state)]
    return Mine(
        release=release,
        version=version,
        url=review_url(version),
        finding="" if broken else finding,
        outcome="" if broken else outcome,
        turn=ROLLING if getattr(release, "rolling", False) else turn,
    )


def _decided(person: Person, before: str) -> dict[str, Any]:
    """Return the answers given in the person's projects below the id `before`, latest first."""
    rows = scoped(Approval.objects.all(), person, "version__prompt__project")
    mark = whole_number(before)
    if mark is not None:
        rows = rows.filter(pk__lt=mark)
    rows = rows.select_related("approver", "version__prompt__project", "version__author")
    found = list(rows.defer(*texts_of("version")).order_by("-id")[: ROWS + 1])
    shown = found[:ROWS]
    return {
        "decided": [
            Decided(row, review_url(row.version), row.approver_id == person.pk) for row in shown
        ],
        "older": shown[-1].pk if len(found) > ROWS else None,
    }
