"""Scores that come by themselves: counted with the call or trace they are about, or kept for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from evaluation.online.intake.series import Names
from evaluation.online.intake.tally import Tally
from evaluation.online.intake.write import add_seen
from evaluation.online.models import Seen, WaitingScore
from registry.projects.models import Project

KEPT_DAYS = 3  # of Seen: 72 hours


@dataclass(frozen=True, slots=True)
class Known:
    """Where a call or trace was counted; a trace over several series has none."""

    series: int | None
    shard: int


@dataclass(frozen=True, slots=True)
class Due:
    """A score whose call is known."""

    key: bytes
    metric: str
    value: float
    at: datetime
    known: Known


def find_seen(keys: Collection[bytes], days: Collection[date]) -> dict[bytes, Known]:
    """Return where the calls and traces with these digests were counted."""
    if not keys:
        return {}
    rows = Seen.objects.filter(day__in=days, key__in=keys).order_by("day")
    return {
        bytes(key): Known(series, shard)
        for key, series, shard in rows.values_list("key", "series_id", "shard")
    }


def days_before(moments: Collection[datetime]) -> set[date]:
    """Return the days under which what was scored at these moments may have been noted."""
    return {
        moment.date() + timedelta(days=day) for moment in moments for day in range(-KEPT_DAYS, 2)
    }


def take_waiting(
    project: Project, keys: Collection[bytes], days: Collection[date], tally: Tally
) -> None:
    """Count the scores that waited for the calls and traces with these digests."""
    if not keys:
        return
    rooms = WaitingScore.objects.filter(project=project)
    if not rooms.exists():  # mostly: a thousand digests need not be sent then
        return
    rows = rooms.filter(call__in=keys)
    waiting = list(rows.values_list("pk", "call", "key", "metric", "value", "at"))
    if not waiting:
        return
    known = find_seen({bytes(row[1]) for row in waiting}, days)
    due, done = [], []
    for pk, call, key, metric, value, at in waiting:
        place = known.get(bytes(call))
        if place is not None and place.series is not None:
            due.append(Due(bytes(key), metric, value, at, place))
            done.append(pk)
    add_due(due, tally)
    WaitingScore.objects.filter(pk__in=sorted(done)).delete()


def add_due(due: Collection[Due], tally: Tally) -> int:
    """Note these scores and add up those that are new; return how many are."""
    names = Names.of({score.known.series for score in due if score.known.series is not None})
    first: dict[tuple[date, bytes], Due] = {}
    for score in due:
        series = score.known.series
        if series is not None and names.admits(series, score.metric):
            first.setdefault((score.at.date(), score.key), score)
    new = add_seen([(*at, None, score.known.shard) for at, score in first.items()])
    for at in new:
        score = first[at]
        assert score.known.series is not None
        tally.score(score.known.series, score.at, score.known.shard, score.metric, score.value)
    return len(new)
