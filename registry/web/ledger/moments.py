"""Read moments and stretches of time as people type them, in the zone of who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from registry.domain.fields import ContentError
from registry.domain.periods import PRESETS, Period, preset_period


@dataclass(frozen=True)
class TypedPeriod:
    """The period that was asked for, what was typed for it, and what is wrong with that."""

    period: Period
    preset: str
    since: str
    until: str
    problem: str = ""

    def checked(self) -> Period:
        """Return the period for a file. Raises ContentError instead of exporting too much."""
        if self.problem:
            raise ContentError("from", self.problem)
        return self.period

    @property
    def words(self) -> str:
        """The period in words; "" when it holds everything."""
        if self.preset:
            return PRESETS[self.preset]
        start, end = (_words(moment) for moment in (self.period.start, self.period.end))
        if start and end:
            return f"from {start} to {end}"
        return f"since {start}" if start else f"until {end}" if end else ""


def typed_period(query: Mapping[str, str], *, now: datetime) -> TypedPeriod:
    """Read `period` (a preset), or `from` and `until`, out of an address."""
    preset, since, until = (query.get(name, "") for name in ("period", "from", "until"))
    if preset in PRESETS:
        return TypedPeriod(preset_period(preset, timezone.localtime(now)), preset, "", "")
    start, problem = typed_moment(since)
    end, other = typed_moment(until)
    if start and end and end <= start:
        other = "The end lies before the beginning. Give a later end."
    period = Period() if problem or other else Period(start, end)
    return TypedPeriod(period, "", since, until, problem or other)


def typed_moment(typed: str) -> tuple[datetime | None, str]:
    """Return the moment, read in the zone of who asks, and what is wrong with it."""
    if not typed:
        return None, ""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return None, "Give a date and time like 2026-11-03T14:05."
    if not 2000 <= moment.year <= 2100:
        return None, "Give a year between 2000 and 2100."
    # In UTC: PostgreSQL refuses an offset of more than sixteen hours.
    return (moment if moment.tzinfo else timezone.make_aware(moment)).astimezone(UTC), ""


def past_moment(typed: str, *, now: datetime) -> tuple[datetime | None, str]:
    """Return a moment that has passed, and what is wrong with it."""
    moment, problem = typed_moment(typed)
    if moment and moment > now:
        return None, "That moment has not come yet. Give one that has passed."
    return moment, problem


def _words(moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y %H:%M %Z}"
