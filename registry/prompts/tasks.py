"""What Celery calls about prompts. Each task makes one call."""

from celery import shared_task

from registry.audit.clock import database_now
from registry.prompts.drafts_discarded import forget_drafts


@shared_task
def forget() -> None:
    """Forget the drafts that nobody can take back any more."""
    forget_drafts(now=database_now())
