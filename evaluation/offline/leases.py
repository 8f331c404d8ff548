"""Who works on a shard: one holder at a time, by a lease that the database's clock ends.

Every change is one guarded UPDATE, so of two workers exactly one wins and the other knows.
The conditions stand on the shard itself and not behind a join: PostgreSQL checks them
again after it has waited for another worker's change, which it would not do inside a join.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from evaluation.offline.models import CaseResult, Run, RunShard

LEASE = timedelta(seconds=10)
BEAT_SECONDS = 2.0
ATTEMPTS = 3
OPEN = (Run.State.QUEUED, Run.State.RUNNING)


class LeaseLost(Exception):
    """Another worker took over, or the run ended meanwhile: what is not written does not count."""


def free() -> Q:
    """The condition of shards that nobody works on."""
    expired = Q(state=RunShard.State.LEASED, lease_until__lt=Now())
    return Q(state=RunShard.State.QUEUED) | expired


def claim(shard: int) -> UUID | None:
    """Take the shard for ten seconds and return the token; None when it is not to be had.

    The attempt is counted now, before the work: a shard that kills its workers ends.
    """
    token = uuid4()
    claimed = (
        _of_open_runs()
        .filter(free(), pk=shard, attempts__lt=ATTEMPTS)
        .update(
            state=RunShard.State.LEASED,
            lease_token=token,
            lease_until=Now() + LEASE,
            attempts=F("attempts") + 1,
        )
    )
    return token if claimed else None


def renew(shard: int, token: UUID) -> None:
    """Hold the shard for ten more seconds. Raises LeaseLost."""
    held = _of_open_runs().filter(pk=shard, lease_token=token)
    if not held.update(lease_until=Now() + LEASE):
        raise LeaseLost


def write_results(shard: int, token: UUID, results: Sequence[CaseResult]) -> None:
    """Write results and renew the lease, together. Raises LeaseLost, then nothing is written.

    A result is progress, so the attempts start again from one. A result that is there
    already stays as it is.
    """
    held = _of_open_runs().filter(pk=shard, lease_token=token)
    try:
        with transaction.atomic():
            if not held.update(lease_until=Now() + LEASE, attempts=1):
                raise LeaseLost
            CaseResult.objects.bulk_create(results, ignore_conflicts=True)
    except IntegrityError as refusal:  # the run ended between the two statements
        raise LeaseLost from refusal


def hand_back(shard: int, token: UUID) -> None:
    """Leave the rest of the shard to the next worker, at once and without blame."""
    RunShard.objects.filter(pk=shard, lease_token=token).update(
        state=RunShard.State.QUEUED, lease_token=None, lease_until=None, attempts=0
    )


def finish(shard: int, token: UUID) -> None:
    """Mark the shard as done. Raises LeaseLost."""
    if not RunShard.objects.filter(pk=shard, lease_token=token).update(
        state=RunShard.State.DONE, lease_token=None, lease_until=None
    ):
        raise LeaseLost


def _of_open_runs() -> QuerySet[RunShard]:
    return RunShard.objects.filter(run_id__in=Run.objects.filter(state__in=OPEN).values("pk"))
