"""What Celery calls. A task takes an id and makes one call; the rows are the queue."""

import time
from threading import Event

from celery import shared_task
from celery.signals import worker_shutting_down

from evaluation.offline.connection_tests import work_on_test
from evaluation.offline.judging.replays.end import take_up_replays
from evaluation.offline.judging.replays.work import work_on_replay
from evaluation.offline.reconcile import reconcile as take_up
from evaluation.offline.run import work as work_on
from evaluation.offline.tryouts.look_after import forget_try_outs, take_up_try_outs
from evaluation.offline.tryouts.work import work_on_try_out
from evaluation.offline.wake import REPLAY, TRY_OUT, wake
from registry.audit.clock import database_now
from registry.runtime.heartbeat import beat

WORKER = "worker"  # the name under which it shows that it lives
# A turn at a shard; then other work, such as the watcher's tick, gets the thread.
TURN_SECONDS = 30.0
BEAT_SECONDS = 5.0

_stopping = Event()


class Turn:
    """One turn at a shard. Being asked whether it is over shows that the worker lives."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + TURN_SECONDS
        self._beats = time.monotonic() + BEAT_SECONDS

    def is_over(self) -> bool:
        """Is it somebody else's turn, or the worker about to stop?"""
        now = time.monotonic()
        if now >= self._beats:
            beat(WORKER)
            self._beats = now + BEAT_SECONDS
        return _stopping.is_set() or now >= self._ends


@shared_task
def work(shard: int) -> None:
    """Work on a shard for one turn."""
    if work_on(shard, stop=Turn().is_over):
        wake([shard])


@shared_task
def try_out(pk: int) -> None:
    """Work on a try-out for one turn."""
    if work_on_try_out(pk, stop=Turn().is_over):
        wake([pk], TRY_OUT)


@shared_task
def replay(pk: int) -> None:
    """Work on a replay for one turn."""
    if work_on_replay(pk, stop=Turn().is_over):
        wake([pk], REPLAY)


@shared_task
def test_connection(pk: int) -> None:
    """Put one short question to a connection."""
    work_on_test(pk)


@shared_task
def reconcile() -> None:
    """Show that the worker lives, and take up what nobody works on."""
    beat(WORKER)
    take_up_try_outs()  # first: somebody waits for it
    take_up_replays()
    take_up()


@shared_task
def forget() -> None:
    """Delete try-outs that are older than a week."""
    forget_try_outs(database_now())


@worker_shutting_down.connect
def _stop(**_: object) -> None:
    """Let running shards hand back what is left, instead of holding up the worker's end."""
    _stopping.set()
