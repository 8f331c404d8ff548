"""Tell a worker that shards wait. Only a hint: the rows are the queue."""

from collections.abc import Iterable
from threading import Thread

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

WORK = "evaluation.offline.tasks.work"
# Old hints fall away, so that they cannot pile up; clocks of two machines may differ by less.
HINT_SECONDS = 60

log = structlog.get_logger(__name__)


def wake_on_commit(shards: Iterable[int]) -> None:
    """Wake workers for `shards` once the transaction is committed.

    In a thread of its own: a broker that cannot be reached takes seconds to say so, and
    nobody should wait for a hint.
    """
    ids = list(shards)
    transaction.on_commit(lambda: Thread(target=wake, args=(ids,), daemon=True).start())


def wake(shards: Iterable[int]) -> None:
    """Send one message per shard. Without a broker nothing is lost: `reconcile` looks again."""
    try:
        for shard in shards:
            current_app.send_task(WORK, args=[shard], expires=HINT_SECONDS, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("no broker to wake a worker; reconcile will", error=str(error))
