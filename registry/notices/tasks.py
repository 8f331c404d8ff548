"""What the timer calls: announce what happened, deliver what is due, forget what is old."""

from contextlib import suppress

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from registry.audit.clock import database_now
from registry.notices import announce as announcing
from registry.notices import deliver as delivering
from registry.notices.log import forget_old

DELIVER = "registry.notices.tasks.deliver"
HINT_SECONDS = 60


@shared_task
def announce() -> None:
    """Put what happened into the outbox, and wake a worker to send it."""
    if announcing.announce(now=database_now()):
        # Only a hint: the timer asks for a delivery every few seconds.
        with suppress(OperationalError, OSError):
            current_app.send_task(DELIVER, expires=HINT_SECONDS, retry=False)


@shared_task
def deliver() -> None:
    """Send what is due."""
    delivering.deliver()


@shared_task
def forget() -> None:
    """Forget deliveries that ended more than 30 days ago."""
    forget_old(now=database_now())
