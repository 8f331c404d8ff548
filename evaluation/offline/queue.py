"""Queue a run: its row, its shards, what it takes over from earlier ones."""

from collections.abc import Sequence

from evaluation.offline.anchor import anchor_of
from evaluation.offline.estimate import Basis
from evaluation.offline.models import Candidate, Case, Run, RunShard
from evaluation.offline.pending import answers_of
from evaluation.offline.plan import Plan
from evaluation.offline.resume import go_on, take_over, unfinished
from evaluation.offline.reuse import reusable
from evaluation.offline.rules import repeats_of
from evaluation.offline.wake import wake_on_commit
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.prompts.models import Version
from registry.release.models import Release

SHARD_CASES = 500


def queue_run(release: Release, plan: Plan, *, actor: Actor, reason: str) -> Run:
    """Insert the run of this attempt and wake the workers on commit.

    `plan` lacks nothing. Call it in the transaction of the submit.
    """
    run = run_of(plan, release.version, actor=actor)
    run.attempt = release.attempt
    return start_run(run, plan, actor=actor, reason=reason)


def run_of(
    plan: Plan,
    subject: Version | Candidate,
    *,
    actor: Actor,
    repeats: int | None = None,
    fresh: bool = False,
) -> Run:
    """Return the unsaved run of `subject` that `plan` gives, going on with an unfinished one.

    `repeats`: answers per case and version, None as the risk asks. `fresh`: the baseline is
    asked again in any case.
    """
    suite, snapshot, connection = plan.suite, plan.snapshot, plan.connection
    if suite is None or snapshot is None or connection is None:
        raise ValueError("A run is queued only for a plan that lacks nothing.")
    run = Run(
        prompt=subject.prompt,
        baseline=plan.baseline,
        snapshot=snapshot,
        risk=plan.risk.value,
        policy=plan.policy,
        connection=connection.name,
        simulated=plan.simulated,
        checks=suite.checks,
        judges=plan.holds.judge_documents(),
        thresholds=dict(plan.holds.thresholds),
        budget=dict(plan.holds.budget),
        smoke=plan.smoke,
        repeats=repeats or repeats_of(plan.risk),
        requested_by=actor.person,
    )
    run.version, run.candidate = (
        (subject, None) if isinstance(subject, Version) else (None, subject)
    )
    content = subject.as_content()
    basis = Basis(subject.prompt, suite, snapshot)
    guess = basis.of(content, plan.risk, smoke=plan.smoke, compared=plan.baseline is not None)
    run.estimate = guess.document() if guess else {}
    earlier = unfinished(run, subject)
    if (
        earlier
        and (repeats or earlier.repeats) == earlier.repeats
        and not (fresh and earlier.baseline_run_id)
    ):
        go_on(run, earlier)
    else:
        run.baseline_run = None if fresh else reusable(run, content, connection)
        run.anchor_run = anchor_of(run)
    return run


def start_run(run: Run, plan: Plan, *, actor: Actor, reason: str) -> Run:
    """Insert the unsaved `run` with its shards, and wake the workers on commit."""
    run.total = answers_of(run, [case.case_id for case in plan.cases])
    run.save(force_insert=True)
    if run.resumes:
        take_over(run.resumes, run)
    shards = RunShard.objects.bulk_create(_shards(run, plan.cases))
    record_request(run, cases=len(plan.cases), actor=actor, reason=reason)
    wake_on_commit(shard.pk for shard in shards)
    return run


def record_request(run: Run, *, cases: int, actor: Actor, reason: str) -> None:
    """Tell the trail who asked for the run, and how many cases a model is asked about."""
    record(
        "run.requested",
        run,
        actor=actor,
        project=run.prompt.project,
        reason=reason,
        after={"run": run.pk, "cases": cases, "connection": run.connection},
    )


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
