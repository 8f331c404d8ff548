"""Celery's scheduler, which proves with each tick that it lives."""

from typing import Any

import structlog
from celery.beat import Scheduler
from django.db import Error, close_old_connections

from registry.runtime.heartbeat import beat

_log = structlog.get_logger(__name__)


class BeatingScheduler(Scheduler):
    """Celery's scheduler kept in memory, which notes with each of its ticks that it lives.

    A tick is the scheduler's own work, so a hung scheduler goes silent; a timer beside it
    would go on beating.
    """

    max_interval = 5  # seconds

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due, note the time, and return the seconds until the next tick."""
        wait: float = super().tick(*args, **kwargs)
        try:
            close_old_connections()
            beat("beat")
        except Error as error:
            _log.warning("heartbeat_not_written", error=type(error).__name__)
        return min(wait, float(self.max_interval))
