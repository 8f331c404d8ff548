"""How live traffic is watched while a version ships, and for a while afterwards: policy as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

ALPHA = 0.01  # the chance of a false rollback over a whole rollout, promised to everybody
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Hours:
    """When people are there: days (0 is Monday) and a stretch of each, in the project's zone."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    start: time = time(9)
    end: time = time(17)

    def hold(self, moment: datetime, zone: str) -> bool:
        """Is `moment` within them?"""
        local = moment.astimezone(ZoneInfo(zone))
        return local.weekday() in self.days and self.start <= local.time() < self.end

    def next(self, moment: datetime, zone: str) -> datetime:
        """Return `moment` if it is within them, else when they begin next."""
        local = moment.astimezone(ZoneInfo(zone))
        for ahead in range(8):
            day = local.date() + timedelta(days=ahead)
            begins = datetime.combine(day, self.start, ZoneInfo(zone))
            if day.weekday() in self.days and (ahead or local.time() < self.end):
                return max(moment, begins.astimezone(moment.tzinfo))
        return moment


@dataclass(frozen=True)
class Watching:
    """What the watcher may do by itself, and how much worse a metric may get.

    `alpha` is the chance of a false rollback over a whole rollout. `guardrails` changes the
    defaults of metrics: {metric: {"tolerance" or "margin": number}}, in the metric's unit.
    `after_minutes` is how long production is watched once a version serves all of it;
    `goes_back_by_itself` lets a drop found then roll back without a person.
    `silence_minutes` rolls a canary back that nobody reports on for so long; None never does.
    """

    alpha: float = ALPHA
    hours: Hours | None = None
    guardrails: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    after_minutes: int = 7 * 24 * 60
    goes_back_by_itself: bool = False
    silence_minutes: int | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        hours = self.hours and {
            "days": list(self.hours.days),
            "start": f"{self.hours.start:%H:%M}",
            "end": f"{self.hours.end:%H:%M}",
        }
        return {
            "alpha": self.alpha,
            "hours": hours,
            "guardrails": {name: dict(rule) for name, rule in self.guardrails.items()},
            "after_minutes": self.after_minutes,
            "goes_back_by_itself": self.goes_back_by_itself,
            "silence_minutes": self.silence_minutes,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> Self:
        """Read the JSON form; what is missing is as the defaults say."""
        known = {k: v for k, v in (document or {}).items() if k in cls.__dataclass_fields__}
        hours = known.get("hours")
        if hours:
            start, end = time.fromisoformat(hours["start"]), time.fromisoformat(hours["end"])
            known["hours"] = Hours(tuple(hours["days"]), start, end)
        return cls(**known)
