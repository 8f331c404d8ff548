"""What waits for a person, in a fixed count of queries: home, the inbox and its badge share it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from registry.domain.lifecycle import UNDER_WAY, Clearance
from registry.domain.roles import Action, allowed
from registry.projects.access import scoped
from registry.projects.models import Person
from registry.prompts.models import Draft, Prompt, Version
from registry.release.may_go import headline_of
from registry.release.models import Release, Rollout
from registry.web.prompts.prompt import prompt_url
from registry.web.prompts.rollout_card import RolloutCard, rollout_card
from registry.web.prompts.table import TEXTS, texts_of
from registry.web.prompts.version import version_url
from registry.web.review.due import Rights, due_releases, with_words
from registry.web.review.live import alarms, rebases

CAP = 100  # rows that are fetched or counted at most


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
    "alarm": "Look now",
    "held": "Look",
    "rebase": "Bring up to date",
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
    found = [
        *_alarms(person, rights),
        *_due(cards, rights),
        *_held(cards, rights),
        *_rebases(person, rights),
        *_releases(person, rights, now),
        *_drafts(person),
    ]
    return sorted(found, key=lambda item: item.since)


def count_waiting(person: Person, rights: Rights, now: datetime) -> int:
    """Count what `waiting_for` returns, in a few queries, at most CAP of each sort."""
    drafts = _live_drafts(person)[:CAP].count()
    releases = due_releases(person, rights, now)[:CAP].count()
    may_advance = any(allowed(Action.ADVANCE, roles) for roles in rights.values())
    cards = rolling_out(person, now) if may_advance else []
    due = len(_due(cards, rights)) + len(_held(cards, rights))
    live = alarms(person, rights)[:CAP].count() + rebases(person, rights)[:CAP].count()
    return drafts + releases + due + live


def rolling_out(person: Person, now: datetime) -> list[RolloutCard]:
    """Return the rollouts under way in the person's projects."""
    rows = scoped(Rollout.objects.filter(state__in=UNDER_WAY), person, "prompt__project")
    rows = rows.select_related("prompt__project", "version__release", "tick", "policy")
    rows = rows.defer(*texts_of("version")).prefetch_related("version__waivers")
    return [rollout_card(row, now=now) for row in rows[:CAP]]


def version_of(release: Release) -> Version:
    """Return the version with its prompt at hand, so that no further query fetches it."""
    release.version.prompt = release.prompt
    return release.version


def review_url(version: Version) -> str:
    """Return the address of the page on which the version is signed."""
    prompt = version.prompt
    return reverse("review", args=[prompt.project.slug, prompt.name, version.semver])


def _due(cards: Iterable[RolloutCard], rights: Rights) -> list[Waiting]:
    """Return the rollouts that go on only if this person, or another, takes the step now."""
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
        if card.needs_person and allowed(Action.ADVANCE, rights[card.rollout.prompt.project_id])
    ]


def _held(cards: Iterable[RolloutCard], rights: Rights) -> list[Waiting]:
    """Return the rollouts that stand still until this person, or another, lets them go on."""
    return [
        Waiting(
            kind="held",
            url=_page_of("monitor", card.rollout.prompt),
            prompt=card.rollout.prompt,
            semver=card.rollout.version.semver,
            risk=card.rollout.version.release.risk,
            since=card.rollout.held_at or card.rollout.step_started_at,
            why=f"Held: {card.rollout.held_reason}",
        )
        for card in cards
        if card.rollout.held_reason
        and allowed(Action.ADVANCE, rights[card.rollout.prompt.project_id])
    ]


def _alarms(person: Person, rights: Rights) -> list[Waiting]:
    """Return what production serves and live traffic speaks against."""
    return [
        Waiting(
            kind="alarm",
            url=_page_of("roll_back", verdict.version.prompt),
            prompt=verdict.version.prompt,
            semver=verdict.version.semver,
            risk=verdict.version.release.risk,
            since=verdict.created_at,
            why=f"Production got worse: {headline_of(verdict)}",
        )
        for verdict in alarms(person, rights)[:CAP]
    ]


def _rebases(person: Person, rights: Rights) -> list[Waiting]:
    """Return the versions that made way and wait for a text that rests on production's."""
    return [
        Waiting(
            kind="rebase",
            url=version_url(planned.version),
            prompt=planned.prompt,
            semver=planned.version.semver,
            risk=planned.version.release.risk,
            since=planned.planned_at,
            why=planned.answer,
        )
        for planned in rebases(person, rights)[:CAP]
    ]


def _page_of(name: str, prompt: Prompt) -> str:
    return reverse(name, args=[prompt.project.slug, prompt.name])


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
    rows = _live_drafts(person).select_related("prompt__project").defer(*TEXTS)
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
