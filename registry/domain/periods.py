"""Stretches of time as people name them: today, yesterday afternoon, the last 7 days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

PRESETS = {
    "today": "today",
    "yesterday": "yesterday",
    "yesterday-afternoon": "yesterday afternoon",
    "last-7-days": "last 7 days",
    "last-30-days": "last 30 days",
}


@dataclass(frozen=True)
class Period:
    """From `start`, which belongs to it, to `end`, which does not; None leaves a side open."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Does it hold every moment?"""
        return self.start is None and self.end is None


def preset_period(name: str, now: datetime) -> Period:
    """Return what `name`, a key of PRESETS, means at `now`, by the clock of `now`'s zone.

    An afternoon is 12:00 to 18:00; today has no end. Raises KeyError for another name.
    """
    today = now.date()
    yesterday = today - timedelta(days=1)
    return {
        "today": Period(_at(today, 0, now)),
        "yesterday": Period(_at(yesterday, 0, now), _at(today, 0, now)),
        "yesterday-afternoon": Period(_at(yesterday, 12, now), _at(yesterday, 18, now)),
        "last-7-days": Period(now - timedelta(days=7)),
        "last-30-days": Period(now - timedelta(days=30)),
    }[name]


def _at(day: date, hour: int, now: datetime) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=now.tzinfo)
