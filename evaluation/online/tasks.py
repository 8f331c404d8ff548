"""What Celery calls about live traffic. Each task makes one call; the roll-ups are the queue."""

from celery import shared_task

from evaluation.online.intake.forget import forget as forget_intake
from evaluation.online.samples.judge import judge_due
from evaluation.online.start import start_rollout
from evaluation.online.watch.tick import looked_just_now, tick_all
from evaluation.online.watch.tick import tick as look_at
from registry.audit.clock import database_now
from registry.release.planned import start_due


@shared_task
def tick() -> None:
    """Look at every rollout, then start what was planned for now."""
    tick_all()
    start_due(database_now(), start=start_rollout)


@shared_task
def look(rollout: int) -> None:
    """Look at one rollout before its minute: its new version has just reported an error."""
    if not looked_just_now(rollout):
        look_at(rollout)


@shared_task
def forget() -> None:
    """Forget what was kept of single calls, and make old sums coarser."""
    forget_intake(database_now())


@shared_task
def judge_samples() -> None:
    """Have judges score the samples that wait, within the day's budget."""
    judge_due(database_now())
