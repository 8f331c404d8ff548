"""What Celery calls. A task takes an id and makes one call; the rows are the queue."""

import time
from threading import Event

from celery import shared_task
from celery.signals import worker_shutting_down

from evaluation.offline.reconcile import reconcile as take_up
from evaluation.offline.run import work as work_on
from evaluation.offline.wake import wake
from registry.runtime.heartbeat import beat

# A turn at a shard; then other work, such as the watcher's tick, gets the thread.
TURN_SECONDS = 30.0

_stopping = Event()


@shared_task
def work(shard: int) -> None:
    """Work on a shard for one turn."""
    until = time.monotonic() + TURN_SECONDS
    left = work_on(shard, stop=lambda: _stopping.is_set() or time.monotonic() > until)
    if left:
        wake([shard])


@shared_task
def reconcile() -> None:
    """Show that the worker lives, and take up what nobody works on."""
    beat("worker")
    take_up()


@worker_shutting_down.connect
def _stop(**_: object) -> None:
    """Let running shards hand back what is left, instead of holding up the worker's end."""
    _stopping.set()
