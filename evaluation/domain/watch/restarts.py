"""When the evidence starts anew, so that harm which begins late is found soon."""

from datetime import datetime, timedelta

EVERY_HOURS = 6


def restarts_at(
    start: datetime,
    now: datetime,
    every_hours: int = EVERY_HOURS,
    *,
    planned_until: datetime | None = None,
) -> list[datetime]:
    """Return the restarts that have begun by `now`, none after `planned_until`.

    The first is `every_hours` after `start`, moved up to the next whole hour (roll-ups older
    than two days are by the hour); with `now` = `planned_until` these are all that are planned.
    """
    last = min(now, planned_until) if planned_until else now
    moment = start + timedelta(hours=every_hours)
    whole = moment.replace(minute=0, second=0, microsecond=0)
    moment = whole if whole == moment else whole + timedelta(hours=1)
    found = []
    while moment <= last:
        found.append(moment)
        moment += timedelta(hours=every_hours)
    return found
