"""What can be done with a version now: offered to whom it is allowed, explained to the others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from registry.audit.actor import Actor
from registry.domain.lifecycle import FINAL, UNDER_WAY, Clearance
from registry.domain.roles import Action, Role
from registry.projects.access import NotPermitted, people_with, require
from registry.projects.models import Project
from registry.prompts.models import Version
from registry.prompts.queries import production_of
from registry.release.models import Approval, Release, Rollout
from registry.release.review import may_sign
from registry.release.seen import may_be_asked_again, why_not_current
from registry.release.verdicts import broke_off


@dataclass(frozen=True)
class Offer:
    """Something the state of a version allows: `route` is the address's name."""

    route: str
    label: str
    action: Action
    tone: str = ""
    step: str = ""
    needs_reason: bool = False
    is_page: bool = False  # what it would do is shown first, and asked there


@dataclass(frozen=True)
class Choices:
    """What this person may do, and sentences about what they may not."""

    offers: list[Offer]
    refusals: list[str]

    @property
    def may_answer(self) -> bool:
        """May this person answer as a reviewer?"""
        return any(offer.action is Action.REVIEW for offer in self.offers)

    @property
    def may_submit(self) -> bool:
        """May this person submit it, or have it evaluated again?"""
        return any(offer.action is Action.SUBMIT for offer in self.offers)

    @property
    def may_start(self) -> bool:
        """May this person start a rollout of it?"""
        return any(offer.action is Action.START_ROLLOUT for offer in self.offers)

    @property
    def reason_is(self) -> str:
        """For what a reason must be typed, in words."""
        needing = [offer.label.lower() for offer in self.offers if offer.needs_reason]
        return f"needed to {' or '.join(needing)}" if needing else "optional"


_SUBMIT = Offer("version_submit", "Submit for evaluation", Action.SUBMIT, "primary")
_AGAIN = Offer("version_submit", "Evaluate again", Action.SUBMIT)
_WITHDRAW = Offer("version_withdraw", "Withdraw", Action.WITHDRAW, "danger")
_ACCEPT = Offer(
    "version_accept", "Accept as good enough", Action.REVIEW, "primary", needs_reason=True
)
_START = Offer("version_start", "Start the rollout", Action.START_ROLLOUT, "primary", is_page=True)
_SOAK = Offer("version_start", "Start on staging meanwhile", Action.START_ROLLOUT, is_page=True)
_COMPARE = Offer("ab_start", "A/B test", Action.START_ROLLOUT, is_page=True)
_APPROVE = Offer("version_approve", "Approve", Action.REVIEW, "primary")
_TURN_DOWN = (
    Offer("version_request_changes", "Request changes", Action.REVIEW, needs_reason=True),
    Offer("version_reject", "Reject", Action.REVIEW, "danger", needs_reason=True),
)


def choices(version: Version, *, actor: Actor) -> Choices:
    """Return what the state of `version` allows, split by what `actor` may do."""
    offers = list(_offers(version))
    # Why one may not depends on the action alone, so each is asked once.
    refusals = {action: _refusal(action, version, actor) for action in {o.action for o in offers}}
    return Choices(
        offers=[offer for offer in offers if refusals[offer.action] is None],
        refusals=sorted({sentence for sentence in refusals.values() if sentence}),
    )


def why_not(actor: Actor, action: Action, project: Project) -> str | None:
    """Return the sentence that names the missing role and who has it; None when allowed."""
    try:
        require(actor, action, project)
    except NotPermitted as refusal:
        return str(refusal)
    return None


def _offers(version: Version) -> Iterator[Offer]:
    """Yield what the clearance and the rollout of `version` allow, the main thing first."""
    release: Release = version.release
    state = Clearance(release.state)
    running = Rollout.objects.filter(prompt=version.prompt_id, version=version).first()
    under_way = running is not None and running.state in UNDER_WAY
    if state is Clearance.DRAFT:
        yield _SUBMIT
    elif state is Clearance.EVALUATING and broke_off(release):
        yield replace(_AGAIN, tone="primary")
        yield from _waivers(version, "evaluation")
    elif state is Clearance.UNDECIDED:
        yield from () if why_not_current(release) else (_ACCEPT,)
        yield from (_AGAIN,) if may_be_asked_again(release) else ()
        yield from _waivers(version, "evaluation")
    elif state is Clearance.IN_REVIEW:
        again = not under_way and why_not_current(release)
        yield from (replace(_AGAIN, tone="primary"),) if again else (_APPROVE,)
        yield from _TURN_DOWN
        yield from () if under_way or again else (_SOAK,)
        yield from _waivers(version, "approval")
    elif state is Clearance.FAILED:
        yield from (_AGAIN,) if may_be_asked_again(release) else ()
    elif state is Clearance.CLEARED and not under_way and not _in_production(version):
        if why_not_current(release):
            yield replace(_AGAIN, tone="primary")
        else:
            yield _START
            yield from (_COMPARE,) if production_of(version.prompt) else ()
            yield from (_AGAIN,) if may_be_asked_again(release) else ()
    if state is Clearance.CLEARED and not _in_production(version):
        yield from _waivers(version, "soak", "canary")
    if state not in FINAL and not _in_production(version):
        yield _WITHDRAW


def _in_production(version: Version) -> bool:
    return any(label.name == "production" for label in version.labels.all())


def _waivers(version: Version, *steps: str) -> Iterator[Offer]:
    """Yield the waivers that the preset knows and that were not given yet."""
    preset = version.prompt.project.preset
    if preset == Project.Preset.REGULATED:
        return
    given = version.release.waived()
    asked = _steps_asked(version)
    for step in steps:
        if step in given or (step in ("soak", "canary") and step not in asked):
            continue
        if step == "approval" and preset != Project.Preset.SOLO:
            continue
        yield Offer("version_waive", f"Skip the {step}", Action.WAIVE, step=step, needs_reason=True)


def _steps_asked(version: Version) -> set[str]:
    """Return which of soak and canary the policy pinned at submit asks for."""
    release: Release = version.release
    if release.policy is None or not release.risk:
        return set()
    rule = release.policy.document["risks"][release.risk]
    return {"soak" if rule["soak_minutes"] else "", "canary" if rule["stages"] else ""} - {""}


def _refusal(action: Action, version: Version, actor: Actor) -> str | None:
    """Return why `actor` may not do it, in a sentence; None when they may."""
    project = version.prompt.project
    missing = why_not(actor, action, project)
    if missing or actor.person is None:
        return missing
    if action is Action.REVIEW:
        return _cannot_sign(version, actor)
    if (
        action is Action.WAIVE
        and project.preset == Project.Preset.TEAM
        and version.contributors.filter(person=actor.person).exists()
    ):
        return "You contributed to this version: another admin may skip a step."
    return None


def _cannot_sign(version: Version, actor: Actor) -> str | None:
    assert actor.person is not None
    release: Release = version.release
    answered = Approval.objects.filter(
        version=version,
        approver=actor.person,
        verdict=release.verdict_id,
        decision=Approval.Decision.APPROVE,
    )
    if answered.exists():
        return "You have approved this version already."
    sentence = may_sign(actor.person, version)
    if sentence is None:
        return None
    writers = set(version.contributors.values_list("person_id", flat=True))
    reviewers = people_with(version.prompt.project, Role.REVIEWER)
    free = ", ".join(str(p) for p in reviewers if p.pk not in writers) or "nobody yet; invite one"
    return f"{sentence} Who can: {free}."
