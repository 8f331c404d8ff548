"""Record what a check of a version found, and let its clearance follow from it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.lifecycle import Clearance, RolloutState
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import PolicyRevision
from registry.prompts.models import Version
from registry.release.models import Release, Rollout, Segment, Verdict
from registry.release.transition import change_clearance

Outcome = Verdict.Outcome
UNMEASURED = "unmeasured"  # in the pins of a step that a person took without a pass


@transaction.atomic
def record_verdict(
    version: Version,
    *,
    kind: str,
    outcome: str,
    reasons: Sequence[str],
    actor: Actor,
    metrics: Mapping[str, Any] | None = None,
    pins: Mapping[str, Any] | None = None,
    simulated: bool = False,
    policy: PolicyRevision | None = None,
    cost: Decimal | None = None,
    evidence: Mapping[str, Any] | None = None,
    segment: Segment | None = None,
) -> Verdict:
    """Write one verdict on `version`; the first reason is the headline people read.

    `segment` is where live traffic showed it; its rollout is the verdict's.
    """
    require(actor, Action.RECORD_VERDICT, version.prompt.project)
    verdict = Verdict.objects.create(
        version=version,
        kind=kind,
        outcome=outcome,
        reasons=list(reasons),
        metrics=dict(metrics or {}),
        cost=cost,
        digest=version.digest,
        pins=dict(pins or {}),
        simulated=simulated,
        policy=policy,
        evidence=dict(evidence or {}),
        segment=segment,
        rollout=segment.rollout if segment else None,
    )
    _record(verdict, actor)
    return verdict


def note_unmeasured(rollout: Rollout, *, actor: Actor, reason: str) -> Verdict:
    """Write down that a person takes the step without a pass: visible for ever.

    Call it in the transaction of the step, before it is taken.
    """
    is_soak = rollout.state == RolloutState.SOAKING
    verdict = Verdict.objects.create(
        version=rollout.version,
        kind=Verdict.Kind.SOAK if is_soak else Verdict.Kind.CANARY,
        outcome=Outcome.INCONCLUSIVE,
        reasons=[f"Advanced by {actor.name} unmeasured: {reason.strip()}"],
        digest=rollout.version.digest,
        pins={UNMEASURED: True},
        policy=rollout.policy,
        rollout=rollout,
        segment=Segment.objects.filter(rollout=rollout, ended_at=None).first(),
    )
    _record(verdict, actor)
    return verdict


def _record(verdict: Verdict, actor: Actor) -> None:
    record(
        "verdict.recorded",
        verdict.version,
        actor=actor,
        project=verdict.version.prompt.project,
        reason=verdict.reasons[0] if verdict.reasons else "",
        after={"verdict": verdict.pk, "kind": verdict.kind, "outcome": verdict.outcome},
    )


@transaction.atomic
def settle(release: Release, *, verdict: Verdict, actor: Actor) -> Release:
    """Let the clearance of an evaluating `release` follow from `verdict`.

    A pass clears it, or asks for a review when the risk is MAJOR; a fail fails it; an
    inconclusive one waits for a person. An error is no verdict: nothing changes.
    """
    to = {
        Outcome.PASS: next_after_evidence(release),
        Outcome.FAIL: Clearance.FAILED,
        Outcome.INCONCLUSIVE: Clearance.UNDECIDED,
    }.get(Outcome(verdict.outcome))
    if to is None:
        return release
    headline = verdict.reasons[0] if verdict.reasons else verdict.outcome
    return change_clearance(release, to=to, actor=actor, reason=headline, verdict=verdict)


def broke_off(release: Release) -> bool:
    """Did the evaluation of this attempt end without an answer?"""
    return bool(why_broken_off(release))


def why_broken_off(release: Release) -> str:
    """Return why the evaluation of this attempt ended without an answer; "" when it did not."""
    last = Verdict.objects.filter(version=release.version_id, kind=Verdict.Kind.GATE).first()
    if last is None or last.outcome != Outcome.ERROR:
        return ""
    if last.pins.get("attempt") != release.attempt:
        return ""
    return last.reasons[0] if last.reasons else "No verdict: the evaluation broke off."


def next_after_evidence(release: Release) -> Clearance:
    """Return where a release goes once its evaluation is settled in its favour."""
    needs_approval = bool(release.policy) and approvals_needed(release) > 0
    return Clearance.IN_REVIEW if needs_approval else Clearance.CLEARED


def approvals_needed(release: Release) -> int:
    """Return how many people must approve, by the policy revision pinned at submit."""
    if release.policy is None or not release.risk:
        return 1
    rule = release.policy.document["risks"][release.risk]
    return int(rule["approvals"])
