"""What waits for a person, in a fixed count of queries: home, the inbox and its badge share it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from evaluation.offline.models import Run
from registry.domain.lifecycle import UNDER_WAY, Clearance
from registry.domain.roles import Action, Role, allowed
from registry.projects.access import scoped
from registry.projects.models import Person
from registry.prompts.models import Draft, Prompt, Version
from registry.release.models import Approval, Contributor, Label, Release, Rollout
from registry.web.prompts.prompt import prompt_url
from registry.web.prompts.rollout_card import RolloutCard, rollout_card
from registry.web.prompts.table import texts_of
from registry.web.prompts.version import version_url

CAP = 100  # rows that are fetched or counted at most
LATELY = timedelta(days=30)
Rights = dict[int, frozenset[Role]]


@dataclass(frozen=True)
class Waiting:
    """Something that waits for this person: what to do, where, since when, and why it is there.

    `finding` is what its evaluation found, in words, with the `outcome` for a chip; `author`
    is who wrote it.
    """

    kind: str
    url: str
    prompt: Prompt
    semver: str
    risk: str
    since: datetime
    why: str
    author: str = ""
    finding: str = ""
    outcome: str = ""

    @property
    def verb(self) -> str:
        """What to do, in one word or two."""
        return VERBS[self.kind]


VERBS = {
    "review": "Review",
    "decide": "Decide",
    "advance": "Advance",
    "start": "Start",
    "errored": "Run again",
    "changes": "Change",
    "submit": "Submit",
    "draft": "Go on",
}
_KIND_OF = {
    Clearance.IN_REVIEW: "review",
    Clearance.UNDECIDED: "decide",
    Clearance.CLEARED: "start",
    Clearance.EVALUATING: "errored",
    Clearance.CHANGES_REQUESTED: "changes",
    Clearance.DRAFT: "submit",
}


def waiting_for(
    person: Person, rights: Rights, cards: Iterable[RolloutCard], now: datetime
) -> list[Waiting]:
    """Return everything that waits for `person`, the longest first.

    `rights` are their roles by project; `cards` the rollouts under way there.
    """
    found = [*_due(cards, rights), *_releases(person, rights, now), *_drafts(person)]
    return sorted(found, key=lambda item: item.since)


def count_waiting(person: Person, rights: Rights, now: datetime) -> int:
    """Count what `waiting_for` returns, in three queries, at most CAP of each sort."""
    drafts = _live_drafts(person)[:CAP].count()
    releases = due_releases(person, rights, now)[:CAP].count()
    return drafts + releases + len(_due(rolling_out(person, now), rights))


def rolling_out(person: Person, now: datetime) -> list[RolloutCard]:
    """Return the rollouts under way in the person's projects."""
    rows = scoped(Rollout.objects.filter(state__in=UNDER_WAY), person, "prompt__project")
    rows = rows.select_related("prompt__project", "version__release")
    rows = rows.defer(*texts_of("version")).prefetch_related("version__waivers")
    return [rollout_card(row, now=now) for row in rows[:CAP]]


def due_releases(person: Person, rights: Rights, now: datetime) -> QuerySet[Release]:
    """Return the clearances whose next step is this person's."""

    def where(action: Action) -> list[int]:
        return [pk for pk, roles in rights.items() if allowed(action, roles)]

    to_sign = Q(
        ~Exists(Contributor.objects.filter(version=OuterRef("version"), person=person)),
        ~Exists(_approvals_of(person)),
        state__in=[Clearance.IN_REVIEW, Clearance.UNDECIDED],
        prompt__project__in=where(Action.REVIEW),
    )
    to_start = Q(
        not_passed_by(),
        state=Clearance.CLEARED,
        prompt__project__in=where(Action.START_ROLLOUT),
        version__rollouts=None,
    )
    to_repeat = Q(
        Q(version__author=person) | Q(submitted_by=person),
        Exists(_broken_runs()),
        state=Clearance.EVALUATING,
        prompt__project__in=where(Action.SUBMIT),
    )
    to_change = Q(
        ~Exists(Version.objects.filter(answers=OuterRef("version"))),
        state=Clearance.CHANGES_REQUESTED,
        changed_at__gte=now - LATELY,
        version__author=person,
        prompt__project__in=where(Action.EDIT_TEXT),
    )
    to_submit = Q(
        not_passed_by(),
        state=Clearance.DRAFT,
        version__author=person,
        version__origin__isnull=True,  # what was adopted is not on its way to anywhere
        prompt__project__in=where(Action.SUBMIT),
    )
    rows = with_served(scoped(Release.objects.all(), person, "prompt__project"))
    return rows.filter(
        to_sign | to_start | to_repeat | to_change | to_submit, prompt__archived_at=None
    )


def with_served(rows: QuerySet[Release]) -> QuerySet[Release]:
    """Annotate `served`: the revision that production serves, None for nothing."""
    serving = Label.objects.filter(prompt=OuterRef("prompt"), name="production")
    return rows.annotate(served=Subquery(serving.values("version__revision")[:1]))


def not_passed_by() -> Q:
    """Ask that production has not gone on to a later version: nobody waits for an older one.

    Not asked of what is in review or undecided: a hotfix that goes out meanwhile has the
    higher revision, and the review waits all the same.
    """
    return Q(served=None) | Q(version__revision__gt=F("served"))


def with_words(rows: QuerySet[Release]) -> QuerySet[Release]:
    """Fetch what a row says, without the texts."""
    rows = rows.select_related("version__author", "prompt__project", "verdict")
    return rows.defer(*texts_of("version"))


def version_of(release: Release) -> Version:
    """Return the version with its prompt at hand, so that no further query fetches it."""
    release.version.prompt = release.prompt
    return release.version


def review_url(version: Version) -> str:
    """Return the address of the page on which the version is signed."""
    prompt = version.prompt
    return reverse("review", args=[prompt.project.slug, prompt.name, version.semver])


def _approvals_of(person: Person) -> QuerySet[Approval]:
    return Approval.objects.filter(
        version=OuterRef("version"),
        approver=person,
        verdict=OuterRef("verdict"),
        decision=Approval.Decision.APPROVE,
    )


def _broken_runs() -> QuerySet[Run]:
    """Return the runs of the present attempt that ended without a verdict."""
    return Run.objects.filter(
        version=OuterRef("version"),
        attempt=OuterRef("attempt"),
        state__in=(Run.State.ERRORED, Run.State.CANCELLED),
    )


def _due(cards: Iterable[RolloutCard], rights: Rights) -> list[Waiting]:
    """Return the rollouts that this person could advance now."""
    return [
        Waiting(
            kind="advance",
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


def _releases(person: Person, rights: Rights, now: datetime) -> list[Waiting]:
    """Return the versions whose next step is this person's."""
    rows = with_words(due_releases(person, rights, now)).order_by("changed_at")
    return [_of_release(row) for row in rows[:CAP]]


def _of_release(release: Release) -> Waiting:
    version, kind = version_of(release), _KIND_OF[Clearance(release.state)]
    read_there = kind in ("review", "decide", "changes")
    outcome, finding = finding_of(release)
    return Waiting(
        kind=kind,
        url=review_url(version) if read_there else version_url(version),
        prompt=release.prompt,
        semver=version.semver,
        risk=release.risk,
        since=release.changed_at,
        why=version.change_reason,
        author=str(version.author),
        finding=finding,
        outcome=outcome,
    )


def finding_of(release: Release) -> tuple[str, str]:
    """Return what the evaluation found: the outcome, and its first sentence."""
    verdict = release.verdict
    if verdict is None:
        broken = release.state == Clearance.EVALUATING
        return ("errored", "The run broke off without an answer.") if broken else ("", "")
    return verdict.outcome, verdict.reasons[0] if verdict.reasons else ""


def _live_drafts(person: Person) -> QuerySet[Draft]:
    return scoped(Draft.objects.filter(person=person, discarded_at=None), person, "prompt__project")


def _drafts(person: Person) -> list[Waiting]:
    """Return the person's unsaved work."""
    rows = _live_drafts(person).select_related("prompt__project").defer(*_DRAFT_TEXTS)
    return [
        Waiting(
            kind="draft",
            url=reverse("editor", args=[draft.prompt.project.slug, draft.prompt.name]),
            prompt=draft.prompt,
            semver="draft",
            risk="",
            since=draft.updated_at,
            why=draft.reason or "Not saved yet.",
        )
        for draft in rows[:CAP]
    ]


_DRAFT_TEXTS = ("content", "config", "output_schema", "variables")
