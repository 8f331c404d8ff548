"""Who works on a try-out: one worker at a time, by a lease that the database's clock ends.

As with the shards of a run, every change is one guarded UPDATE: of two workers exactly one
wins, and one whose try-out was cancelled notices at its next write.
"""

from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from evaluation.offline.leases import ATTEMPTS, LEASE, LeaseLost
from evaluation.offline.models import TryOut, TryOutAnswer

State = TryOut.State
OPEN = (State.QUEUED, State.RUNNING)
PATIENCE = timedelta(minutes=10)


def free() -> Q:
    """The condition of open try-outs that nobody works on."""
    return Q(state__in=OPEN) & (Q(lease_until=None) | Q(lease_until__lt=Now()))


def claim(pk: int) -> UUID | None:
    """Take the try-out for ten seconds and return the token; None when it is not to be had.

    The attempt is counted now, before the work: one that kills its workers ends.
    """
    token = uuid4()
    claimed = TryOut.objects.filter(free(), pk=pk, attempts__lt=ATTEMPTS).update(
        state=State.RUNNING,
        lease_token=token,
        lease_until=Now() + LEASE,
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", Now()),
    )
    return token if claimed else None


def renew(pk: int, token: UUID) -> None:
    """Hold it for ten more seconds. Raises LeaseLost when it was cancelled or taken over."""
    if not _held(pk, token, lease_until=Now() + LEASE):
        raise LeaseLost


def write(pk: int, token: UUID, answer: TryOutAnswer) -> None:
    """Write one answer and renew the lease, together. Raises LeaseLost, then nothing is written.

    An answer is progress, so the attempts start again from one.
    """
    with transaction.atomic():
        if not _held(pk, token, lease_until=Now() + LEASE, attempts=1):
            raise LeaseLost
        TryOutAnswer.objects.bulk_create([answer], ignore_conflicts=True)


def hand_back(pk: int, token: UUID) -> None:
    """Leave the rest to the next worker, at once and without blame."""
    _held(pk, token, lease_token=None, lease_until=None, attempts=0)


def finish(pk: int, token: UUID, *, error: str = "") -> None:
    """End it: done, or errored with a sentence. Raises LeaseLost."""
    ended = _held(
        pk,
        token,
        state=State.ERRORED if error else State.DONE,
        error=error[:300],
        finished_at=Now(),
        lease_token=None,
        lease_until=None,
    )
    if not ended:
        raise LeaseLost


def _held(pk: int, token: UUID, **changes: object) -> int:
    """Change the try-out if `token` still holds it; return how many rows that were."""
    held = TryOut.objects.filter(pk=pk, lease_token=token, state=State.RUNNING)
    return held.update(**changes)
