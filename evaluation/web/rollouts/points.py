"""The roll-ups of a few series over time: by minute while it is young, then by hour, by day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncHour, TruncMinute

from evaluation.domain.watch.figures import Sums
from evaluation.online.models import Rollup

YOUNG = timedelta(hours=4)
OLD = timedelta(days=14)
KEPT = timedelta(hours=47)  # minutes are, beside the hours
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# {(series, metric): [(start of the minute, hour or day, its sums)]}, in time
Points = Mapping[tuple[int, str], list[tuple[datetime, Sums]]]


def step_of(start: datetime, end: datetime, *, now: datetime) -> timedelta:
    """Return how long one point of a chart from `start` to `end` is."""
    if end - start <= YOUNG and now - start <= KEPT:
        return MINUTE
    return HOUR if end - start <= OLD else DAY


def last_of(series: Iterable[int]) -> datetime | None:
    """Return the end of the last hour in which something was counted; None of nothing."""
    rows = Rollup.objects.filter(series__in=list(series), minutes=Rollup.Length.HOUR)
    start = rows.order_by("-start").values_list("start", flat=True).first()
    return start + HOUR if start else None


def points_of(series: Iterable[int], *, step: timedelta, since: datetime | None = None) -> Points:
    """Return the sums of every metric of `series` by `step`, in one query."""
    rows = Rollup.objects.filter(series__in=list(series))
    if since is not None:
        rows = rows.filter(start__gte=since)
    found: defaultdict[tuple[int, str], list[tuple[datetime, Sums]]] = defaultdict(list)
    row: tuple[int, str, datetime, int, float, float]
    for row in _summed(rows, step):
        pk, metric, at, n, total, squares = row
        found[pk, metric].append((at, Sums(n, total, squares)))
    return found


def _summed(rows: QuerySet[Rollup], step: timedelta) -> QuerySet[Rollup, Any]:
    """Sum by `step`: minutes from their own rows, the rest from hours and what became of them."""
    length = Rollup.Length
    lengths = [length.MINUTE] if step == MINUTE else [length.HOUR, length.DAY]
    trunc = {MINUTE: TruncMinute, HOUR: TruncHour}.get(step, TruncDay)
    binned = rows.filter(minutes__in=lengths).annotate(
        bin=trunc("start", output_field=DateTimeField(), tzinfo=UTC)
    )
    summed = binned.values("series", "metric", "bin").annotate(
        count=Sum("n"), sum=Sum("total"), sum_of_squares=Sum("squares")
    )
    return summed.order_by("bin").values_list(
        "series", "metric", "bin", "count", "sum", "sum_of_squares"
    )
