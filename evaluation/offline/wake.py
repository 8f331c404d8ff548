"""Tell a worker that rows wait. Only a hint: the rows are the queue."""

from collections.abc import Iterable
from threading import Thread

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

WORK = "evaluation.offline.tasks.work"  # takes the id of a shard
TRY_OUT = "evaluation.offline.tasks.try_out"
REPLAY = "evaluation.offline.tasks.replay"
TEST = "evaluation.offline.tasks.test_connection"
# Old hints fall away, so that they cannot pile up; clocks of two machines may differ by less.
HINT_SECONDS = 60

log = structlog.get_logger(__name__)


def wake_on_commit(rows: Iterable[int | str], task: str = WORK) -> None:
    """Wake workers for the ids `rows` once the transaction is committed.

    In a thread of its own: a broker that cannot be reached takes seconds to say so, and
    nobody should wait for a hint.
    """
    ids = list(rows)
    transaction.on_commit(lambda: Thread(target=wake, args=(ids, task), daemon=True).start())


def wake(rows: Iterable[int | str], task: str = WORK) -> None:
    """Send one message per row. Without a broker nothing is lost: the timer looks again."""
    try:
        for row in rows:
            current_app.send_task(task, args=[row], expires=HINT_SECONDS, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("no broker to wake a worker; the next tick will", error=str(error))
