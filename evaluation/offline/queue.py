"""Queue a run: its row, its shards, the results that an attempt without verdict left behind."""

from collections.abc import Sequence

from evaluation.offline.models import Case, CaseResult, Run, RunShard
from evaluation.offline.plan import Plan
from evaluation.offline.wake import wake_on_commit
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.release.models import Release, Verdict

SHARD_CASES = 500


def queue_run(release: Release, plan: Plan, *, actor: Actor, reason: str) -> Run:
    """Insert the run of this attempt and wake the workers on commit.

    `plan` lacks nothing. Call it in the transaction of the submit.
    """
    suite, snapshot, connection = plan.suite, plan.snapshot, plan.connection
    if suite is None or snapshot is None or connection is None:
        raise ValueError("A run is queued only for a plan that lacks nothing.")
    earlier = _unfinished(release, plan)
    run = Run.objects.create(
        prompt=release.prompt,
        version=release.version,
        baseline=plan.baseline,
        snapshot=snapshot,
        attempt=release.attempt,
        resumes=earlier,
        risk=plan.risk.value,
        policy=plan.policy,
        connection=connection.name,
        simulated=connection.simulated,
        checks=suite.checks,
        judges=plan.holds.judge_documents(),
        thresholds=dict(plan.holds.thresholds),
        budget=dict(plan.holds.budget),
        smoke=plan.smoke,
        total=len(plan.cases) * (2 if plan.baseline else 1),
        requested_by=actor.person,
    )
    if earlier:
        _take_over(earlier, run)
    shards = RunShard.objects.bulk_create(_shards(run, plan.cases))
    record(
        "run.requested",
        run,
        actor=actor,
        project=release.prompt.project,
        reason=reason,
        after={"run": run.pk, "cases": len(plan.cases), "connection": run.connection},
    )
    wake_on_commit(shard.pk for shard in shards)
    return run


def _shards(run: Run, cases: Sequence[Case]) -> list[RunShard]:
    starts = range(0, len(cases), SHARD_CASES)
    parts = [cases[start : start + SHARD_CASES] for start in starts]
    return [
        RunShard(
            run=run,
            number=number,
            first_position=part[0].position,
            last_position=part[-1].position,
        )
        for number, part in enumerate(parts, 1)
    ]


def _unfinished(release: Release, plan: Plan) -> Run | None:
    """Return the last run of this version on the same pins that ended without a verdict."""
    ended = (Run.State.ERRORED, Run.State.CANCELLED)
    run = Run.objects.filter(version=release.version_id, state__in=ended).first()
    if run is None:
        return None
    verdicts = Verdict.objects.filter(version=release.version_id, outcome=Verdict.Outcome.ERROR)
    pinned = (v.pins for v in verdicts if v.pins.get("run") == run.pk)
    return run if any(plan.pins.hold(pins) for pins in pinned) else None


def _take_over(earlier: Run, run: Run) -> None:
    """Copy the finished results: they are not paid for twice, and not drawn again.

    Otherwise somebody could cancel a run that goes badly until the answers please.
    """
    finished = list(CaseResult.objects.filter(run=earlier, error=""))
    for result in finished:
        result.pk, result.run = None, run
    CaseResult.objects.bulk_create(finished, batch_size=500)
