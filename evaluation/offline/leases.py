"""Who works on a shard: one holder at a time, by a lease that the database's clock ends.

Every change is one guarded UPDATE, so of two workers exactly one wins and the other knows.
The conditions stand on the shard itself and not behind a join: PostgreSQL checks them
again after it has waited for another worker's change, which it would not do inside a join.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from evaluation.offline.counts import Calls, count
from evaluation.offline.models import CaseResult, Judgement, Run, RunShard

LEASE = timedelta(seconds=10)
CONCLUDING = timedelta(seconds=15)  # so long whoever did the last shard has for the verdict
BEAT_SECONDS = 2.0
ATTEMPTS = 3


class LeaseLost(Exception):
    """Another worker took over, or the run ended meanwhile: what is not written does not count."""


@dataclass(frozen=True)
class Standing:
    """How far a run is, all its workers together. `ending`: it is to end, nothing new is asked."""

    calls: int = 0
    cost: Decimal = Decimal(0)
    ending: bool = False


def free() -> Q:
    """The condition of shards that nobody works on."""
    expired = Q(state=RunShard.State.LEASED, lease_until__lt=Now())
    return Q(state=RunShard.State.QUEUED) | expired


def held() -> Q:
    """The condition of shards that somebody works on."""
    return Q(state=RunShard.State.LEASED, lease_until__gte=Now())


def claim(shard: int) -> UUID | None:
    """Take the shard for ten seconds and return the token; None when it is not to be had.

    The attempt is counted now, before the work: a shard that kills its workers ends.
    """
    token = uuid4()
    runs = Run.objects.filter(state__in=Run.OPEN, ending="").values("pk")
    claimed = RunShard.objects.filter(
        free(), run_id__in=runs, pk=shard, attempts__lt=ATTEMPTS
    ).update(
        state=RunShard.State.LEASED,
        lease_token=token,
        lease_until=Now() + LEASE,
        attempts=F("attempts") + 1,
    )
    return token if claimed else None


def renew(run: Run, shard: int, token: UUID) -> Standing:
    """Hold the shard for ten more seconds; return how the run stands. Raises LeaseLost."""
    if not _of_open_runs().filter(pk=shard, lease_token=token).update(lease_until=Now() + LEASE):
        raise LeaseLost
    return standing_of(run)


def write(
    run: Run,
    shard: int,
    token: UUID,
    results: Sequence[CaseResult],
    judgements: Sequence[Judgement] = (),
    calls: Sequence[Calls] = (),
) -> Standing:
    """Write what came with what it cost, renew the lease, and return how the run stands.

    All of it or nothing: raises LeaseLost when the shard is somebody else's by now, the run
    has ended, or one of the rows is there already. A row is progress, so the attempts start
    again from one. `judgements` may be about `results` of the same call.
    """
    mine = _of_open_runs().filter(pk=shard, lease_token=token)
    try:
        with transaction.atomic():
            if not mine.update(lease_until=Now() + LEASE, attempts=1):
                raise LeaseLost
            CaseResult.objects.bulk_create(results)
            Judgement.objects.bulk_create(judgements)
            count(run, calls)
            return standing_of(run)
    except IntegrityError as refusal:
        raise LeaseLost from refusal


def standing_of(run: Run) -> Standing:
    """Return how the run stands now."""
    calls, cost, ending = Run.objects.values_list("calls", "cost", "ending").get(pk=run.pk)
    return Standing(calls, cost, bool(ending))


def hand_back(shard: int, token: UUID) -> None:
    """Leave the rest of the shard to the next worker, at once and without blame."""
    RunShard.objects.filter(pk=shard, lease_token=token).update(
        state=RunShard.State.QUEUED, lease_token=None, lease_until=None, attempts=0
    )


def finish(shard: int, token: UUID) -> None:
    """Mark the shard as done; its holder may conclude the run. Raises LeaseLost."""
    if not RunShard.objects.filter(pk=shard, lease_token=token).update(
        state=RunShard.State.DONE, lease_token=None, lease_until=Now() + CONCLUDING
    ):
        raise LeaseLost


def may_conclude(run: Run) -> bool:
    """Take over the conclusion of a run whose shards are all done; False while somebody is at it.

    Only to spare the work: of two who conclude, one verdict is kept.
    """
    if run.shards.filter(lease_until__gte=Now()).exists():
        return False
    first = run.shards.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), number=1)
    return bool(first.update(lease_until=Now() + CONCLUDING))


def _of_open_runs() -> QuerySet[RunShard]:
    return RunShard.objects.filter(run_id__in=Run.objects.filter(state__in=Run.OPEN).values("pk"))
