"""Rows that are their own queue: one worker at a time, by a lease that the database's clock ends.

Every change is one guarded UPDATE: of two workers exactly one wins, and one whose row was
cancelled notices at its next write. For try-outs and replays, which have the same columns;
the shards of a run also ask after their run (`evaluation.offline.leases`).
"""

from uuid import UUID, uuid4

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from evaluation.offline.leases import ATTEMPTS, LEASE, LeaseLost
from evaluation.offline.models import Replay, TryOut

Rows = type[TryOut] | type[Replay]
QUEUED, RUNNING, DONE, CANCELLED, ERRORED = "queued", "running", "done", "cancelled", "errored"
OPEN = (QUEUED, RUNNING)
_ERROR_LENGTH = 300


def free() -> Q:
    """The condition of open rows that nobody works on."""
    return Q(state__in=OPEN) & (Q(lease_until=None) | Q(lease_until__lt=Now()))


def claim(rows: Rows, pk: int) -> UUID | None:
    """Take the row for ten seconds and return the token; None when it is not to be had.

    The attempt is counted now, before the work: one that kills its workers ends.
    """
    token = uuid4()
    claimed = rows.objects.filter(free(), pk=pk, attempts__lt=ATTEMPTS).update(
        state=RUNNING,
        lease_token=token,
        lease_until=Now() + LEASE,
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", Now()),
    )
    return token if claimed else None


def renew(rows: Rows, pk: int, token: UUID, **changes: object) -> None:
    """Hold it for ten more seconds. Raises LeaseLost when it was cancelled or taken over."""
    if not _held(rows, pk, token, lease_until=Now() + LEASE, **changes):
        raise LeaseLost


def hand_back(rows: Rows, pk: int, token: UUID) -> None:
    """Leave the rest to the next worker, at once and without blame."""
    _held(rows, pk, token, lease_token=None, lease_until=None, attempts=0)


def finish(rows: Rows, pk: int, token: UUID, *, error: str = "") -> None:
    """End it: done, or errored with a sentence. Raises LeaseLost."""
    ended = _held(
        rows,
        pk,
        token,
        state=ERRORED if error else DONE,
        error=error[:_ERROR_LENGTH],
        finished_at=Now(),
        lease_token=None,
        lease_until=None,
    )
    if not ended:
        raise LeaseLost


def end(rows: Rows, condition: Q, *, error: str = "", **changes: object) -> int:
    """End open rows whoever works on them: cancelled, or errored with a sentence; return how many.

    Their worker notices at its next write.
    """
    return rows.objects.filter(condition, state__in=OPEN).update(
        state=ERRORED if error else CANCELLED,
        error=error[:_ERROR_LENGTH],
        finished_at=Now(),
        lease_token=None,
        lease_until=None,
        **changes,
    )


def _held(rows: Rows, pk: int, token: UUID, **changes: object) -> int:
    """Change the row if `token` still holds it; return how many rows that were."""
    return rows.objects.filter(pk=pk, lease_token=token, state=RUNNING).update(**changes)
