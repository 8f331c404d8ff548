"""Work on a run: claim a shard, ask what was not asked yet, and after the last one conclude."""

from collections.abc import Callable
from uuid import UUID

import structlog
from django.db.models.functions import Now

from evaluation.domain.gate import GateRules
from evaluation.offline.budget import budget_of
from evaluation.offline.conclude import conclude
from evaluation.offline.end import end_when_drained, end_without_verdict
from evaluation.offline.jobs import Desk, Judging
from evaluation.offline.judging.asking import JudgeAsker
from evaluation.offline.leases import LeaseLost, claim, finish, hand_back, standing_of
from evaluation.offline.models import Case, CaseResult, Judgement, JudgeVersion, Run, RunShard
from evaluation.offline.pending import pending_of
from evaluation.offline.plan import cases_of
from evaluation.offline.requests import Asker
from evaluation.offline.reuse import Earlier
from evaluation.offline.rules import judges_of
from evaluation.offline.shard import Errors, RunStops, ShardWork
from evaluation.providers import connections
from registry.domain.errors import Refused
from registry.domain.template import TemplateError

log = structlog.get_logger(__name__)


def work(shard: int, *, stop: Callable[[], bool] = lambda: False) -> bool:
    """Work on the shard if nobody does; return whether some of it is left for another turn.

    `stop` is asked often: once it says True, open calls are waited for and the rest is
    handed back at once. Safe to call any number of times, by any number of workers.
    """
    token = claim(shard)
    if token is None:
        return False
    begun = RunShard.objects.values_list("run_id", flat=True).get(pk=shard)
    Run.objects.filter(pk=begun, state=Run.State.QUEUED).update(
        state=Run.State.RUNNING, started_at=Now()
    )
    row = _row(shard)
    run = row.run
    try:
        whole = _shard_work(row, token).drive(stop)
    except LeaseLost:
        log.info("lease lost", run=run.pk, shard=row.number)
        return False
    except (RunStops, Refused, TemplateError) as reason:
        hand_back(shard, token)
        end_without_verdict(run, str(reason))
        return False
    if not whole:
        hand_back(shard, token)
        return not end_when_drained(run)
    return _finish(row, token)


def _row(shard: int) -> RunShard:
    return RunShard.objects.select_related(
        "run__prompt__project",
        "run__version__prompt",
        "run__candidate",
        "run__baseline__prompt",
        "run__snapshot",
        "run__baseline_run__version",
    ).get(pk=shard)


def _finish(row: RunShard, token: UUID) -> bool:
    """Mark the shard as done; whoever does the last one concludes."""
    try:
        finish(row.pk, token)
    except LeaseLost:
        return False
    if not row.run.shards.exclude(state=RunShard.State.DONE).exists():
        conclude(row.run)
    else:
        end_when_drained(row.run)
    return False


def _shard_work(row: RunShard, token: UUID) -> ShardWork:
    """Prepare the loop. Raises Refused or TemplateError when nothing can be asked."""
    cases = _cases_in(row)
    desk = _desk(row.run, cases)
    used = {one.name: one for one in (desk.connection, *(j.asker.connection for j in desk.judges))}
    return ShardWork(
        desk,
        row.pk,
        token,
        pending=pending_of(desk, cases),
        budget=budget_of(row.run, used.values(), standing_of(row.run)),
        errors=_errors(row.run, len(cases) if row.run.smoke else row.run.snapshot.case_count),
    )


def _desk(run: Run, cases: list[Case]) -> Desk:
    connection = connections.get(run.connection)
    subjects = {CaseResult.Arm.CANDIDATE.value: run.subject}
    if run.baseline:
        subjects[CaseResult.Arm.BASELINE.value] = run.baseline
    used = {judge["version"]: judge["gating"] for judge in judges_of(run)}
    versions = JudgeVersion.objects.select_related("judge").in_bulk(list(used))
    return Desk(
        run,
        connection,
        askers={arm: Asker(one.as_content(), connection) for arm, one in subjects.items()},
        judges=tuple(
            Judging(JudgeAsker(version, connections.get(version.connection)), used[pk])
            for pk, version in versions.items()
        ),
        earlier=Earlier(run, cases) if run.baseline_run else None,
    )


def _cases_in(shard: RunShard) -> list[Case]:
    if shard.run.smoke:  # few, picked from all over, in one shard
        return cases_of(shard.run.snapshot, smoke=True)
    positions = (shard.first_position, shard.last_position)
    cases = shard.run.snapshot.cases.filter(position__range=positions)
    return list(cases.order_by("position"))


def _errors(run: Run, cases: int) -> Errors:
    """Return which of so many cases lack something so far, in all shards, and how many may."""
    gating = [judge["version"] for judge in judges_of(run) if judge["gating"]]
    unscored = Judgement.objects.filter(run=run, judge__in=gating, last=True, score=None)
    lacking = set(run.results.exclude(error="").values_list("case_id", flat=True))
    lacking.update(unscored.values_list("result__case_id", flat=True))
    return Errors(int(GateRules().max_error_share * cases), lacking)
