"""May a version start its way, and may a rollout take its next step? Refusals in words."""

from datetime import datetime, timedelta

from django.db import transaction

from registry.audit.actor import Actor
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import UNDER_WAY, Clearance, RolloutState
from registry.domain.policy import Plan
from registry.domain.semver import Risk
from registry.prompts.models import Prompt, Version
from registry.release.labels import lock_prompt, version_at
from registry.release.meaning import risk_now
from registry.release.models import LabelEvent, Release, Rollout, Segment, Tick, Verdict, Waiver
from registry.release.review import count_valid_approvals
from registry.release.seen import overtaken_by
from registry.release.standard import refuse_outdated
from registry.release.transition import change_clearance
from registry.release.verdicts import approvals_needed

SILENT = timedelta(minutes=5)  # a watcher that has not looked for so long tells nothing
ON_TRAFFIC = (Verdict.Kind.SOAK, Verdict.Kind.CANARY)


def plan_of(rollout: Rollout) -> Plan:
    """Return the plan that was copied into the rollout when it started."""
    return Plan.from_document(rollout.plan)


def plan_for(release: Release) -> Plan:
    """Return the policy's plan for the release's risk, without what was waived.

    What live traffic has refused once takes every step again: no waiver carries it past that.
    """
    assert release.policy is not None
    plan = Plan.from_document(release.policy.document["risks"][release.risk])
    waived = _waived(release)
    return Plan(
        soak_minutes=0 if Waiver.Step.SOAK in waived else plan.soak_minutes,
        stages=() if Waiver.Step.CANARY in waived else plan.stages,
    )


def send_back_if_approver_left(version: Version) -> None:
    """Return a cleared MAJOR to review when too few approvers still hold the right to sign."""
    with transaction.atomic():
        prompt = lock_prompt(version.prompt)
        release = Release.objects.select_related("policy", "version", "prompt").get(version=version)
        if release.state != Clearance.CLEARED or version_at(prompt, "production") == version:
            return
        waived = Waiver.Step.APPROVAL in release.waived()
        if waived or count_valid_approvals(release) >= approvals_needed(release):
            return
        change_clearance(
            release,
            to=Clearance.IN_REVIEW,
            actor=Actor.system("gate"),
            reason="Somebody who approved it no longer holds the right to sign.",
        )
    raise Refused(
        f"Somebody who approved {version.semver} no longer holds the right to sign. "
        "It is back in review: ask another reviewer."
    )


def check_start(prompt: Prompt, release: Release, *, actor: Actor, reason: str) -> None:
    """Raise Refused unless the version may start now, on the evidence it was cleared with."""
    version = release.version
    soak_in_review = release.state == Clearance.IN_REVIEW and release.risk == "MAJOR"
    if release.state != Clearance.CLEARED and not soak_in_review:
        raise Refused(
            f"{version.semver} is {release.get_state_display()}; only a cleared version ships."
        )
    production = version_at(prompt, "production")
    if production == version:
        raise Refused(f"{version.semver} serves production already.")
    if overtaken := overtaken_by(release, production):
        raise Refused(f"{overtaken} Evaluate it again.")
    if release.policy is None:
        raise Refused(f"Submit {version.semver} first.")
    refuse_outdated(release)
    level = risk_now(version, production)
    if level > Risk(release.risk):
        raise Refused(
            f"{version.semver} was cleared as {release.risk}, but it is {level.value} against what "
            "production serves. Evaluate it again."
        )
    if (failed := rolled_back_before(version)) and (actor.person is None or not reason.strip()):
        raise Refused(
            f"{why_it_went_back(failed)} Say in one sentence why it may go out again.",
            field="reason",
        )


def check_advance(rollout: Rollout, expected_epoch: int, now: datetime) -> None:
    """Raise Stale or Refused unless the next step may be taken at `now`."""
    if rollout.epoch != expected_epoch:
        raise Stale
    if rollout.state not in UNDER_WAY:
        raise Refused(f"The {rollout} is over.")
    if rollout.kind == Rollout.Kind.AB:
        raise Refused("An A/B test ships nothing: end it, then start a rollout of the winner.")
    if failed := failure_of(rollout):
        raise Refused(f"It failed on live traffic: {headline_of(failed)} Roll it back.")
    if rollout.held_reason:
        raise Refused(f"It is held: {rollout.held_reason} Resume it first.")
    if rollout.version.release.state != Clearance.CLEARED:
        raise Refused(f"{rollout.version.semver} still waits for its approval.")
    due = plan_of(rollout).due_at(rollout.percent, rollout.step_started_at)
    if now < due and not _step_is_waived(rollout):
        raise Refused(
            f"This step lasts until {due:%Y-%m-%d %H:%M} UTC. Wait, or waive the rest of it."
        )


def check_evidence(rollout: Rollout, *, verdict: Verdict | None, actor: Actor, reason: str) -> None:
    """Raise Refused unless `verdict` carries the next step, or a person answers for it.

    The watcher needs a PASS of the present stretch and leaves attended rollouts to people; a
    person without one types a reason.
    """
    if verdict is not None and not _carries(verdict, rollout):
        raise Refused("This answer is not about the present step. Look again, then go on.")
    if actor.person is None and rollout.mode == Rollout.Mode.ATTENDED:
        raise Refused(f"A person takes each step of this rollout. {rollout.attended_because}")
    if verdict is None and actor.person is None:
        raise Refused("Without a person, only a pass of the present step takes it further.")
    if verdict is None and not reason.strip():
        raise Refused(
            "Live traffic has not shown yet that it is well. "
            "Say in one sentence why it goes on all the same.",
            field="reason",
        )


def passed(rollout: Rollout, *, now: datetime) -> Verdict | None:
    """Return the pass on which the next step can be taken; None when the last answer is none.

    A watcher that sees something else by now, or has been silent for a while, takes it back.
    """
    tick = Tick.objects.filter(rollout=rollout).first()
    if tick and (tick.answer != Verdict.Outcome.PASS or tick.at < now - SILENT):
        return None
    rows = Verdict.objects.filter(rollout=rollout, kind__in=ON_TRAFFIC)
    last = rows.order_by("-id").first()
    return last if last and _carries(last, rollout) else None


def failure_of(rollout: Rollout) -> Verdict | None:
    """Return the latched failure of this attempt on live traffic, if there is one."""
    failed = Verdict.objects.filter(rollout=rollout, kind__in=ON_TRAFFIC)
    return failed.filter(outcome=Verdict.Outcome.FAIL).order_by("id").first()


def failed_on_traffic(version: Version) -> Verdict | None:
    """Return the last failure of `version` on live traffic, in whichever attempt."""
    failed = Verdict.objects.filter(version=version, kind__in=ON_TRAFFIC)
    return failed.filter(outcome=Verdict.Outcome.FAIL).order_by("-id").first()


def rolled_back_before(version: Version) -> Rollout | None:
    """Return the last attempt to ship `version` that was rolled back, unless it was replaced."""
    tried = Rollout.objects.filter(version=version, kind=Rollout.Kind.SHIP)
    back = tried.filter(state=RolloutState.ROLLED_BACK)
    return back.exclude(ended_as=Rollout.EndedAs.SUPERSEDED).order_by("-id").first()


def why_it_went_back(rollout: Rollout) -> str:
    """Return in a sentence that an earlier attempt was rolled back, and why if that is known."""
    when = f" on {rollout.ended_at:%Y-%m-%d}" if rollout.ended_at else ""
    failed = failure_of(rollout)
    move = LabelEvent.objects.filter(rollout=rollout).order_by("-id").first()
    said = headline_of(failed) if failed else move.reason if move else ""
    why = f": {said.rstrip('.')}." if said else "."
    return f"{rollout.version.semver} was rolled back{when}{why}"


def headline_of(verdict: Verdict) -> str:
    """Return the first reason of a verdict."""
    return str(verdict.reasons[0]) if verdict.reasons else f"{verdict.get_kind_display()} failed."


def _carries(verdict: Verdict, rollout: Rollout) -> bool:
    """Is `verdict` a pass of exactly the stretch that is open now?"""
    present = Segment.objects.filter(rollout=rollout, ended_at=None).first()
    return (
        verdict.kind in ON_TRAFFIC
        and verdict.outcome == Verdict.Outcome.PASS
        and verdict.rollout_id == rollout.pk
        and present is not None
        and verdict.segment_id == present.pk
    )


def _step_is_waived(rollout: Rollout) -> bool:
    step = Waiver.Step.SOAK if rollout.state == RolloutState.SOAKING else Waiver.Step.CANARY
    return step in _waived(rollout.version.release)


def _waived(release: Release) -> frozenset[str]:
    return frozenset() if failed_on_traffic(release.version) else release.waived()
