"""Let go of what is no longer needed, in small batches: nobody waits long for a lock.

Figures of days, and of shards, are kept for good: they do not grow with the traffic.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Model, QuerySet

from evaluation.online.intake.write import add_counts, add_rollups
from evaluation.online.models import (
    BegunCall,
    Histogram,
    IntakeCount,
    Rollup,
    Sample,
    Seen,
    WaitingScore,
)
from evaluation.online.samples.keep import DAYS as SAMPLE_DAYS

SEEN = timedelta(hours=72)
WAITING = timedelta(hours=1)
MINUTES = timedelta(hours=48)
HOURS = timedelta(days=30)
HISTOGRAMS = timedelta(days=14)
COUNTS = timedelta(days=30)
AT_ONCE = 2000  # rows of one transaction

Length = Rollup.Length


def forget(now: datetime) -> Counter[str]:
    """Delete what is too old at `now`, and make days of old hours; return how many rows of each."""
    samples = Sample.objects.filter(at__lt=now - timedelta(days=SAMPLE_DAYS))
    old: dict[str, QuerySet[Model]] = {
        "seen": Seen.objects.filter(day__lt=(now - SEEN).date()),
        "minutes": Rollup.objects.filter(minutes=Length.MINUTE, start__lt=now - MINUTES),
        "histograms": Histogram.objects.filter(day__lt=(now - HISTOGRAMS).date()),
        "counts": IntakeCount.objects.filter(day__lt=(now - COUNTS).date()),
        "samples": samples,
        "begun": BegunCall.objects.filter(came_at__lt=now - WAITING),
    }
    gone = Counter({name: _delete(rows) for name, rows in old.items()})
    gone["waiting"] = _give_up_waiting(now)
    gone["hours"] = _make_days(now)
    return gone


def _delete(rows: QuerySet[Model]) -> int:
    """Delete `rows` bit by bit; return how many there were."""
    gone = 0
    while ids := list(rows.order_by().values_list("pk", flat=True)[:AT_ONCE]):
        gone += rows.model._default_manager.filter(pk__in=ids).delete()[0]
    return gone


def _give_up_waiting(now: datetime) -> int:
    """Delete the scores whose call never came, and count them as that."""
    gone = 0
    late = WaitingScore.objects.filter(came_at__lt=now - WAITING).order_by("pk")
    while True:
        with transaction.atomic():
            rows = list(late.select_for_update(skip_locked=True)[:AT_ONCE])
            if not rows:
                return gone
            by_project = Counter(row.project_id for row in rows)
            message = f"{rows[-1].metric}: no call or trace of that id came within the hour."
            add_counts(
                [
                    (project, now.date(), "langfuse", "no_call", n, now, message)
                    for project, n in by_project.items()
                ]
            )
            WaitingScore.objects.filter(pk__in=[row.pk for row in rows]).delete()
            gone += len(rows)


def _make_days(now: datetime) -> int:
    """Add the hours of days that are long past to those days; return how many there were."""
    gone = 0
    before = (now - HOURS).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = Rollup.objects.filter(minutes=Length.HOUR, start__lt=before).order_by("start", "pk")
    while True:
        with transaction.atomic():
            rows = list(hours.select_for_update(skip_locked=True)[:AT_ONCE])
            if not rows:
                return gone
            days: dict[tuple[int, str, int, datetime], list[float]] = {}
            for row in rows:
                day = row.start.astimezone(UTC).replace(hour=0)
                sums = days.setdefault((row.series_id, row.metric, int(Length.DAY), day), [0, 0, 0])
                for place, value in enumerate((row.n, row.total, row.squares)):
                    sums[place] += value
            add_rollups(days)
            Rollup.objects.filter(pk__in=[row.pk for row in rows]).delete()
            gone += len(rows)
