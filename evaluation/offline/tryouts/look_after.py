"""Look after try-outs: take up what a dead worker left, end what cannot go on, forget old ones."""

from datetime import datetime, timedelta

from django.db.models.functions import Now

from evaluation.offline.leases import ATTEMPTS
from evaluation.offline.models import TryOut
from evaluation.offline.tryouts.leases import PATIENCE, free
from evaluation.offline.wake import TRY_OUT, wake
from registry.audit.clock import database_now

KEPT = timedelta(days=7)
_AT_A_LOOK = 100


def take_up_try_outs() -> None:
    """Wake workers for every try-out that nobody works on. One query while there is none.

    One that waited too long for a worker ends: its person went on, and it would cost money.
    """
    waiting = list(TryOut.objects.filter(free()).order_by("pk")[:_AT_A_LOOK])
    if not waiting:
        return
    oldest = database_now() - PATIENCE
    alive = []
    for try_out in waiting:
        if try_out.attempts >= ATTEMPTS:
            _end(
                try_out,
                f"Its worker stopped {ATTEMPTS} times without a single answer. Try again; if it "
                "stays so, somebody must look at the worker's log.",
            )
        elif try_out.state == TryOut.State.QUEUED and try_out.created_at < oldest:
            _end(try_out, "No worker took it within 10 minutes, so nothing was asked. Try again.")
        else:
            alive.append(try_out.pk)
    wake(alive, TRY_OUT)


def forget_try_outs(now: datetime) -> int:
    """Delete try-outs older than a week, with their answers; return how many rows went."""
    deleted, _ = TryOut.objects.filter(created_at__lt=now - KEPT).delete()
    return deleted


def _end(try_out: TryOut, error: str) -> None:
    TryOut.objects.filter(free(), pk=try_out.pk).update(
        state=TryOut.State.ERRORED, error=error, finished_at=Now()
    )
