"""Work on a run: claim a shard, ask what was not asked yet, and after the last one conclude."""

from collections.abc import Callable, Iterator
from uuid import UUID

import structlog
from django.db.models.functions import Now

from evaluation.domain.gate import GateRules
from evaluation.offline.conclude import conclude, end_without_verdict
from evaluation.offline.leases import LeaseLost, claim, finish, hand_back
from evaluation.offline.models import Case, CaseResult, Run, RunShard
from evaluation.offline.plan import cases_of
from evaluation.offline.requests import Asker
from evaluation.offline.shard import Job, RunStops, ShardWork
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
    row = RunShard.objects.select_related(
        "run__version__prompt", "run__candidate", "run__baseline__prompt", "run__snapshot"
    ).get(pk=shard)
    run = row.run
    Run.objects.filter(pk=run.pk, state=Run.State.QUEUED).update(
        state=Run.State.RUNNING, started_at=Now()
    )
    try:
        if not _shard_work(row, token).drive(stop):
            hand_back(shard, token)
            return True
        finish(shard, token)
    except LeaseLost:
        log.info("lease lost", run=run.pk, shard=row.number)
        return False
    except (RunStops, Refused, TemplateError) as reason:
        end_without_verdict(run, str(reason))
        return False
    if not run.shards.exclude(state=RunShard.State.DONE).exists():
        conclude(run)
    return False


def _shard_work(row: RunShard, token: UUID) -> ShardWork:
    """Prepare the loop. Raises Refused or TemplateError when nothing can be asked."""
    run = row.run
    connection = connections.get(run.connection)
    subjects = {CaseResult.Arm.CANDIDATE.value: run.subject}
    if run.baseline:
        subjects[CaseResult.Arm.BASELINE.value] = run.baseline
    cases = _cases_in(row)
    return ShardWork(
        run,
        row.pk,
        token,
        jobs=_jobs(run, cases, list(subjects)),
        askers={arm: Asker(v.as_content(), connection) for arm, v in subjects.items()},
        connection=connection,
        may_err=int(GateRules().max_error_share * run.total / len(subjects)),
    )


def _cases_in(shard: RunShard) -> list[Case]:
    if shard.run.smoke:  # few, picked from all over, in one shard
        return cases_of(shard.run.snapshot, smoke=True)
    positions = (shard.first_position, shard.last_position)
    cases = shard.run.snapshot.cases.filter(position__range=positions)
    return list(cases.order_by("position"))


def _jobs(run: Run, cases: list[Case], arms: list[str]) -> Iterator[Job]:
    """Yield what has no result yet, both arms of a case together, so that time hits both alike."""
    done = set(run.results.filter(case__in=cases).values_list("case_id", "arm"))
    for number, case in enumerate(cases):
        turn = arms if number % 2 == 0 else arms[::-1]
        for arm in turn:
            if (case.pk, arm) not in done:
                yield Job(case, arm)
