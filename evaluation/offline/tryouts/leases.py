"""Who works on a try-out: one worker at a time (see `evaluation.offline.held`)."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from evaluation.offline import held
from evaluation.offline.held import OPEN, free
from evaluation.offline.leases import ATTEMPTS
from evaluation.offline.models import TryOut, TryOutAnswer
from evaluation.offline.spend import add_spend

__all__ = ["ATTEMPTS", "OPEN", "PATIENCE", "claim", "finish", "free", "hand_back", "renew", "write"]

PATIENCE = timedelta(minutes=10)


def claim(pk: int) -> UUID | None:
    """Take the try-out for ten seconds and return the token; None when it is not to be had."""
    return held.claim(TryOut, pk)


def renew(pk: int, token: UUID) -> None:
    """Hold it for ten more seconds. Raises LeaseLost when it was cancelled or taken over."""
    held.renew(TryOut, pk, token)


def write(try_out: TryOut, token: UUID, answer: TryOutAnswer) -> None:
    """Write one answer with what it cost, and renew the lease. Raises LeaseLost: none of it.

    An answer is progress, so the attempts start again from one.
    """
    with transaction.atomic():
        held.renew(TryOut, try_out.pk, token, attempts=1)
        TryOutAnswer.objects.bulk_create([answer], ignore_conflicts=True)
        if not answer.error:
            add_spend(
                try_out.prompt.project_id,
                try_out.connection,
                unpriced=int(answer.cost is None),
                input_tokens=answer.input_tokens or 0,
                output_tokens=answer.output_tokens or 0,
                cost=answer.cost or Decimal(0),
            )


def hand_back(pk: int, token: UUID) -> None:
    """Leave the rest to the next worker, at once and without blame."""
    held.hand_back(TryOut, pk, token)


def finish(pk: int, token: UUID, *, error: str = "") -> None:
    """End it: done, or errored with a sentence. Raises LeaseLost."""
    held.finish(TryOut, pk, token, error=error)
