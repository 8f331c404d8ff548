"""End a run, exactly once. What is asked to end does so when no call is open any more."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from evaluation.domain.gate import GateDecision, GateOutcome
from evaluation.offline.leases import held
from evaluation.offline.models import Run
from evaluation.offline.pins import Pins
from registry.audit.actor import Actor
from registry.domain.canonical import canonical, sha256
from registry.domain.lifecycle import Clearance
from registry.prompts.models import Version
from registry.release.labels import lock_prompt
from registry.release.models import Release, Verdict
from registry.release.verdicts import record_verdict, settle

GATE = Actor.system("gate")
State = Run.State
STATES: Mapping[GateOutcome, Run.State] = {
    GateOutcome.PASS: State.PASSED,
    GateOutcome.FAIL: State.FAILED,
    GateOutcome.INCONCLUSIVE: State.INCONCLUSIVE,
    GateOutcome.ERROR: State.ERRORED,
}


def ask_to_end(run: Run, state: str, why: str, **fields: Any) -> bool:
    """Let `run` end without a verdict; False if it has ended, or is about to for another reason.

    It ends at once when nobody works on it. Else each worker asks nothing new, writes what its
    open calls bring, since they are paid for, and the last one ends it.
    """
    asked = Run.objects.filter(pk=run.pk, state__in=Run.OPEN, ending="").update(
        ending=state, reasons=[why, *run.reasons], **fields
    )
    end_when_drained(run)
    return bool(asked)


def end_without_verdict(run: Run, why: str) -> bool:
    """End a run that cannot go on; its release stays evaluating, and the run may be repeated."""
    return ask_to_end(run, State.ERRORED, f"No verdict: {why}")


def end_when_drained(run: Run) -> bool:
    """End the run if it is asked to and no worker holds a part of it; return whether it is asked.

    Safe to call at any time, from any number of places.
    """
    ending, reasons = Run.objects.values_list("ending", "reasons").get(pk=run.pk)
    if ending and not run.shards.filter(held()).exists():
        end(run, GateOutcome.ERROR, reasons, state=ending)
    return bool(ending)


@transaction.atomic
def end(
    run: Run,
    outcome: GateOutcome,
    reasons: Sequence[str],
    decision: GateDecision | None = None,
    *,
    groups: Mapping[str, list[str]] | None = None,
    state: str = "",
) -> bool:
    """Set the state by compare-and-swap, record the verdict, let the release follow.

    A verdict of a look that is over is dropped: somebody has begun the next one.
    """
    lock_prompt(run.prompt)
    ended = Run.objects.filter(pk=run.pk, state__in=Run.OPEN, look=run.look).update(
        state=state or STATES[outcome],
        reasons=list(reasons),
        metrics=decision.as_metrics() if decision else {},
        groups=dict(groups or {}),
        finished_at=Now(),
    )
    if ended and run.version:
        _settle(run, run.version, outcome, reasons, decision)
    return bool(ended)


def pins_of(run: Run) -> dict[str, Any]:
    """Return the pins of a run, as its verdict keeps them."""
    pins = Pins(
        baseline=run.baseline.digest if run.baseline else None,
        snapshot=run.snapshot.digest,
        checks=sha256(canonical(run.checks)),
        judges=sha256(canonical(run.judges)),
        thresholds=sha256(canonical(run.thresholds)),
        connection=run.connection,
        policy=run.policy.number,
    )
    return pins.document(run=run.pk, attempt=run.attempt)


def _settle(
    run: Run,
    version: Version,
    outcome: GateOutcome,
    reasons: Sequence[str],
    decision: GateDecision | None,
) -> None:
    """Record the verdict on a version and let its release follow; a candidate from CI has none."""
    cost = Run.objects.values_list("cost", flat=True).get(pk=run.pk)
    verdict = record_verdict(
        version,
        kind=Verdict.Kind.GATE,
        outcome=outcome.value,
        reasons=reasons,
        metrics=decision.as_metrics() if decision else {},
        pins=pins_of(run),
        simulated=run.simulated,
        policy=run.policy,
        cost=cost,
        evidence=_evidence(decision),
        actor=GATE,
    )
    release = Release.objects.select_for_update().get(version=version)
    if release.state == Clearance.EVALUATING and release.attempt == run.attempt:
        settle(release, verdict=verdict, actor=GATE)


def _evidence(decision: GateDecision | None) -> dict[str, Any]:
    """Return which cases decided, by their ids."""
    if decision is None:
        return {}
    return {
        "newly_failing": sorted({flip.case for flip in decision.newly_failing}),
        "newly_passing": sorted({flip.case for flip in decision.newly_passing}),
        "still_failing": list(decision.still_failing),
        "without_result": list(decision.without_result),
    }
