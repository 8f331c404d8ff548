"""What the review page says: who asked whom, what was decided, what approving will do and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from registry.domain.lifecycle import NEXT_ACTOR, UNDER_WAY, Clearance
from registry.domain.policy import Plan, duration
from registry.domain.roles import Role
from registry.projects.access import people_with
from registry.projects.models import Person
from registry.prompts.models import Version
from registry.release.models import Approval, Release, Rollout
from registry.release.rollout import plan_of
from registry.release.verdicts import approvals_needed

ROUNDED = 0.005  # half a percent: called the same


@dataclass(frozen=True)
class Stop:
    """A stop on the way to everyone: what happens then, and the earliest moment of it."""

    words: str
    at: datetime


@dataclass(frozen=True)
class Signatures:
    """Who has signed what is shown, and who still may."""

    needed: int
    approved: list[Person]
    free: list[Person]

    @property
    def words(self) -> str:
        """`1 of 2 approvals: Rui approved.`"""
        names = ", ".join(str(person) for person in self.approved)
        counted = f"{len(self.approved)} of {self.needed} approvals"
        return f"{counted}: {names} approved." if names else f"{counted} so far."


def signatures(version: Version) -> Signatures:
    """Return the valid approvals of the present verdict, and who else could give one."""
    release: Release = version.release
    reviewers = people_with(version.prompt.project, Role.REVIEWER)
    writers = set(version.contributors.values_list("person_id", flat=True))
    signed = set(
        Approval.objects.filter(
            version=version,
            decision=Approval.Decision.APPROVE,
            verdict=release.verdict_id,
            digest=version.digest,
        ).values_list("approver_id", flat=True)
    )
    return Signatures(
        needed=approvals_needed(release),
        approved=[person for person in reviewers if person.pk in signed],
        free=[p for p in reviewers if p.pk not in signed | writers],
    )


def headline(version: Version, signed: Signatures, *, reader: Person) -> str:
    """Return whose turn it is, or what was decided and what happens next; `reader` is "you"."""
    release: Release = version.release
    state = Clearance(release.state)
    free = sorted(signed.free, key=lambda person: person != reader)
    names = " or ".join("you" if person == reader else str(person) for person in free)
    names = names or "a reviewer yet to be invited"
    if state is Clearance.IN_REVIEW:
        asked = f"{release.submitted_by or version.author} asks for a signature on {version.semver}"
        missing = signed.needed - len(signed.approved)
        if signed.needed > 1:
            return f"{asked}. {signed.words} {_people(missing)} of: {names}."
        return f"{asked}; it waits for {names}."
    if state is Clearance.UNDECIDED:
        return f"The evaluation could not tell. Accepting it is up to {names}."
    if state is Clearance.CLEARED:
        return " ".join(_cleared(version))
    if state in (Clearance.CHANGES_REQUESTED, Clearance.REJECTED):
        return _turned_down(version, state)
    return NEXT_ACTOR[state]


def _people(count: int) -> str:
    return "It needs one more" if count == 1 else f"It needs {count} more"


def _cleared(version: Version) -> Iterator[str]:
    """Yield what a cleared version's readers ask: who said yes, and is it served now?"""
    answer = version.approvals.select_related("approver").first()
    said = {"approve": "approved", "accept_undecided": "accepted the evaluation of"}
    verb = said.get(answer.decision) if answer else None
    yield f"{answer.approver} {verb} {version.semver}." if answer and verb else "It is cleared."
    rollout = Rollout.objects.filter(version=version).order_by("-id").first()
    if any(label.name == "production" for label in version.labels.all()):
        yield "Production serves it."
    elif rollout is not None and rollout.state in UNDER_WAY:
        where = f"at {rollout.percent} % of traffic" if rollout.percent else "on staging"
        yield f"It is {where} now; a releaser takes each further step."
    elif rollout is not None:
        yield "Its rollout has ended; production serves another version."
    else:
        releasers = people_with(version.prompt.project, Role.RELEASER)
        who = " or ".join(str(person) for person in releasers[:3]) or "a releaser yet to be invited"
        yield f"Nothing serves it yet: {who} starts the rollout next."


def _turned_down(version: Version, state: Clearance) -> str:
    decision = state.value if state is Clearance.REJECTED else "request_changes"
    decision = {"rejected": "reject"}.get(decision, decision)
    answer = version.approvals.filter(decision=decision).select_related("approver").first()
    who = answer.approver if answer else "A reviewer"
    if state is Clearance.REJECTED:
        return f"{who} rejected {version.semver}. It goes no further; nothing serves it."
    later = version.answered_by.order_by("-revision").first()
    if later is not None:
        return f"{who} asked for changes. {later.semver} answers that."
    said = f"{who} asked for changes{f': “{answer.comment}”' if answer else '.'}"
    return f"{said} {version.author} saves a new version next."


def stops_ahead(version: Version, now: datetime) -> list[Stop]:
    """Return the way from approval to everyone, at the earliest: for its rollout, or one begun now.

    Empty before the version was submitted.
    """
    release: Release = version.release
    if release.policy is None or not release.risk:
        return []
    running = Rollout.objects.filter(version=version, state__in=UNDER_WAY).first()
    if running is not None:
        plan, percent = plan_of(running), running.percent
        at = max(now, plan.due_at(percent, running.step_started_at))
        return list(_stops(plan, percent, at))
    plan = Plan.from_document(release.policy.document["risks"][release.risk])
    begun = Stop(f"staging, for {duration(plan.soak_minutes)}", now) if plan.soak_minutes else None
    after = now + timedelta(minutes=plan.soak_minutes)
    return [*([begun] if begun else []), *_stops(plan, 0, after)]


def _stops(plan: Plan, percent: int, at: datetime) -> Iterator[Stop]:
    """Yield the steps after the one at `percent`, which ends at `at`."""
    while percent < 100:
        percent = plan.next_percent(percent)
        minutes = plan.minutes_at(percent)
        share = f"{percent} % of traffic, for {duration(minutes)}" if percent < 100 else "everyone"
        yield Stop(share, at)
        at += timedelta(minutes=minutes)


def figures_in_words(release: Release) -> list[str]:
    """Return what the evaluation says of time and money, against production."""
    verdict = release.verdict
    if verdict is None or not verdict.metrics:
        return []
    if release.baseline_id is None:
        return ["Production served nothing then, so time and cost have nothing to compare with."]
    metrics: dict[str, Any] = verdict.metrics
    return [
        _ratio(metrics, "latency_ratio", ("How long answers take", "Answers take", "time")),
        _ratio(metrics, "cost_ratio", ("What answers cost", "Answers cost", "")),
    ]


def _ratio(metrics: dict[str, Any], name: str, words: tuple[str, str, str]) -> str:
    """Return one figure against production's; `words`: subject, opening, what there is more of."""
    subject, opening, what = words
    value = (metrics.get(name) or {}).get("mean")
    if value is None:
        return f"{subject} is not known for every answer, so it was not compared."
    change = float(value) - 1
    if abs(change) < ROUNDED:
        return f"{opening} as {'long' if what else 'much'} as production's."
    more = " ".join(filter(None, ["more" if change > 0 else "less", what]))
    return f"{opening} {abs(change) * 100:.0f} % {more} than production's."
