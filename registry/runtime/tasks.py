"""What Celery calls about callers. Each task makes one call."""

from celery import shared_task

from registry.audit.clock import database_now
from registry.runtime.fetchers_kept import forget as forget_callers


@shared_task
def forget() -> None:
    """Forget the callers that were not seen for 30 days."""
    forget_callers(now=database_now())
