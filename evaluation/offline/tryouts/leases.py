"""Who works on a try-out: one worker at a time (see `evaluation.offline.held`)."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from evaluation.offline import held
from evaluation.offline.held import OPEN, free
from evaluation.offline.leases import ATTEMPTS
from evaluation.offline.models import TryOut, TryOutAnswer

__all__ = ["ATTEMPTS", "OPEN", "PATIENCE", "claim", "finish", "free", "hand_back", "renew", "write"]

PATIENCE = timedelta(minutes=10)


def claim(pk: int) -> UUID | None:
    """Take the try-out for ten seconds and return the token; None when it is not to be had."""
    return held.claim(TryOut, pk)


def renew(pk: int, token: UUID) -> None:
    """Hold it for ten more seconds. Raises LeaseLost when it was cancelled or taken over."""
    held.renew(TryOut, pk, token)


def write(pk: int, token: UUID, answer: TryOutAnswer) -> None:
    """Write one answer and renew the lease, together. Raises LeaseLost, then nothing is written.

    An answer is progress, so the attempts start again from one.
    """
    with transaction.atomic():
        held.renew(TryOut, pk, token, attempts=1)
        TryOutAnswer.objects.bulk_create([answer], ignore_conflicts=True)


def hand_back(pk: int, token: UUID) -> None:
    """Leave the rest to the next worker, at once and without blame."""
    held.hand_back(TryOut, pk, token)


def finish(pk: int, token: UUID, *, error: str = "") -> None:
    """End it: done, or errored with a sentence. Raises LeaseLost."""
    held.finish(TryOut, pk, token, error=error)
