"""End a run, exactly once: with the gate's verdict, without one, or because somebody cancels."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from evaluation.domain.gate import CaseOutcome, GateDecision, GateOutcome, GateRules, decide
from evaluation.domain.gate.compare import pair
from evaluation.offline.groups import grouped
from evaluation.offline.models import CaseResult, Run
from evaluation.offline.pins import Pins
from evaluation.offline.plan import cases_of
from evaluation.offline.results import outcome_of
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.canonical import canonical, sha256
from registry.domain.errors import Refused
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action
from registry.domain.semver import Risk
from registry.projects.access import require
from registry.prompts.models import Version
from registry.release.labels import lock_prompt
from registry.release.models import Release, Verdict
from registry.release.verdicts import record_verdict, settle

GATE = Actor.system("gate")
Arm, State = CaseResult.Arm, Run.State
OPEN = (State.QUEUED, State.RUNNING)
STATES: Mapping[GateOutcome, Run.State] = {
    GateOutcome.PASS: State.PASSED,
    GateOutcome.FAIL: State.FAILED,
    GateOutcome.INCONCLUSIVE: State.INCONCLUSIVE,
    GateOutcome.ERROR: State.ERRORED,
}
NOT_RUN = "This case was not run."
_ONLY_SIMULATED = (
    "The answers are simulated: no model was asked, so a pass proves nothing here. Choose a "
    "connection to a model."
)


def conclude(run: Run) -> bool:
    """Give the verdict on a run whose shards are done; return False if somebody was first."""
    candidate, baseline = outcomes_of(run)
    decision = decide(candidate, baseline, rules_of(run))
    outcome, reasons = decision.outcome, list(decision.reasons)
    if run.simulated and outcome is GateOutcome.PASS and not run.prompt.project.sandbox:
        outcome, reasons = GateOutcome.INCONCLUSIVE, [_ONLY_SIMULATED, *reasons]
    groups = grouped(pair(candidate, baseline))
    return _end(run, outcome, reasons, decision, groups=groups)


def end_without_verdict(run: Run, why: str) -> bool:
    """End a run that cannot go on; its release stays evaluating, and the run may be repeated."""
    return _end(run, GateOutcome.ERROR, [f"No verdict: {why}"])


@transaction.atomic
def cancel(run: Run, *, actor: Actor, reason: str) -> None:
    """End a run at once; what was finished stays, and a repeat goes on from there.

    Raises NotPermitted, or Refused when it has ended already.
    """
    require(actor, Action.SUBMIT, run.prompt.project)
    said = f"Cancelled by {actor.name}" + (f": {reason}" if reason else ".")
    if not _end(run, GateOutcome.ERROR, [said], state=State.CANCELLED):
        raise Refused("This run has ended already.")
    record("run.cancelled", run, actor=actor, project=run.prompt.project, reason=reason)


def outcomes_of(run: Run) -> tuple[list[CaseOutcome], list[CaseOutcome] | None]:
    """Return the outcomes of both arms, every case of the run in each."""
    found: dict[str, dict[str, CaseOutcome]] = {Arm.CANDIDATE: {}, Arm.BASELINE: {}}
    rows = run.results.select_related("case").defer("output", "case__context", "case__reference")
    for row in rows.iterator(chunk_size=500):
        found[row.arm][row.case.case_id] = outcome_of(row)
    names = [case.case_id for case in cases_of(run.snapshot, smoke=run.smoke)]
    arms = [
        [found[arm].get(name) or CaseOutcome(name, error=NOT_RUN) for name in names]
        for arm in (Arm.CANDIDATE, Arm.BASELINE)
    ]
    return arms[0], arms[1] if run.baseline_id else None


def rules_of(run: Run) -> GateRules:
    """Return the bar of a run: by its risk and the policy pinned at submit."""
    if run.risk == Risk.PATCH or run.smoke:
        return GateRules(min_cases=1, max_latency_ratio=None, max_cost_ratio=None)
    return GateRules(min_cases=run.policy.document["risks"][run.risk]["min_cases"])


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


@transaction.atomic
def _end(
    run: Run,
    outcome: GateOutcome,
    reasons: Sequence[str],
    decision: GateDecision | None = None,
    *,
    groups: Mapping[str, list[str]] | None = None,
    state: Run.State | None = None,
) -> bool:
    """Set the state by compare-and-swap, record the verdict, let the release follow."""
    lock_prompt(run.prompt)
    ended = Run.objects.filter(pk=run.pk, state__in=OPEN).update(
        state=state or STATES[outcome],
        reasons=list(reasons),
        metrics=decision.as_metrics() if decision else {},
        groups=dict(groups or {}),
        finished_at=Now(),
    )
    if ended and run.version:
        _settle(run, run.version, outcome, reasons, decision)
    return bool(ended)


def _settle(
    run: Run,
    version: Version,
    outcome: GateOutcome,
    reasons: Sequence[str],
    decision: GateDecision | None,
) -> None:
    """Record the verdict on a version and let its release follow; a candidate from CI has none."""
    verdict = record_verdict(
        version,
        kind=Verdict.Kind.GATE,
        outcome=outcome.value,
        reasons=reasons,
        metrics=decision.as_metrics() if decision else {},
        pins=pins_of(run),
        simulated=run.simulated,
        policy=run.policy,
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
