"""Judge samples of live traffic, so much a day: a quality signal for teams without a judge."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction

from evaluation.offline.spend import add_spend
from evaluation.online.intake.observation import Score
from evaluation.online.intake.scores import record_scores
from evaluation.online.models import Sample
from evaluation.online.samples.ask import Opinion, ask_judges
from evaluation.online.samples.due import due_in, left_today, projects_due
from registry.projects.models import Project

TURN_SECONDS = 25.0
FAILURES = 2  # in a row, after which a project waits for the next turn
DOOR = "judges"
_PROBLEM = 300  # characters

log = structlog.get_logger(__name__)


def judge_due(now: datetime, *, seconds: float = TURN_SECONDS) -> int:
    """Judge samples that wait, for at most about `seconds`; return how many were judged.

    A sample is taken before anybody is asked, so two workers never pay for it twice. After a
    provider's failure it is tried once more in a later turn; then the reason stays with it.
    """
    ends = time.monotonic() + seconds
    return sum(
        _judge_in(project, now, lambda: time.monotonic() >= ends) for project in projects_due(now)
    )


def _judge_in(project: Project, now: datetime, is_over: Callable[[], bool]) -> int:
    """Judge samples of one project until its day's budget or the turn is used up."""
    left = left_today(project, now)
    if left.samples <= 0 or left.dollars <= 0:
        return 0
    dollars, judged, failures = left.dollars, 0, 0
    for holds, samples in due_in(project, now, left):
        for sample in samples:
            if is_over() or failures >= FAILURES:
                return judged
            if not _take(sample, now):
                continue
            opinion = ask_judges(sample, holds.judges, project, left=dollars)
            _write(project, sample, opinion, now)
            dollars -= opinion.cost or Decimal(0)
            failures = failures + 1 if opinion.failed else 0
            if opinion.over_budget:
                log.info("live answers wait", project=project.slug, why=opinion.over_budget)
                return judged
            judged += not opinion.failed
    return judged


def _take(sample: Sample, now: datetime) -> bool:
    """Take the sample, if nobody has."""
    return bool(Sample.objects.filter(pk=sample.pk, judged_at=None).update(judged_at=now))


def _write(project: Project, sample: Sample, opinion: Opinion, now: datetime) -> None:
    """Keep what the judges said and what it cost, and count the scores, in one transaction."""
    tried_before = bool(sample.judge_problem)
    again = bool(opinion.over_budget) or (opinion.failed and not tried_before)
    sample.judged_at = None if again else now
    sample.judge_problem = opinion.problem[:_PROBLEM]
    sample.scores = {**sample.scores, **opinion.scores}
    sample.reasons = {**sample.reasons, **opinion.reasons}
    if opinion.cost is not None:
        sample.judge_cost = (sample.judge_cost or Decimal(0)) + opinion.cost
    with transaction.atomic():
        sample.save(update_fields=["judged_at", "judge_problem", "scores", "reasons", "judge_cost"])
        for connection, calls in Counter(bill.connection for bill in opinion.bills).items():
            mine = [bill for bill in opinion.bills if bill.connection == connection]
            add_spend(
                project.pk,
                connection,
                calls=calls,
                unpriced=sum(bill.cost is None for bill in mine),
                input_tokens=sum(bill.input_tokens for bill in mine),
                output_tokens=sum(bill.output_tokens for bill in mine),
                cost=sum((bill.cost or Decimal(0) for bill in mine), Decimal(0)),
            )
        if opinion.scores:
            record_scores(project, _scores(sample, opinion), now=now, door=DOOR)


def _scores(sample: Sample, opinion: Opinion) -> list[Score]:
    """Return the scores as intake counts them: of the sample's call, once by name."""
    key = bytes(sample.call)
    return [
        Score(source=DOOR, id=key.hex(), name=name, value=value, at=sample.at, key=key)
        for name, value in opinion.scores.items()
    ]
