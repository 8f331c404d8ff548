"""Proof that the background processes live: each leaves its time in the database."""

from datetime import timedelta

from registry.audit.clock import database_now
from registry.runtime.models import Heartbeat

LATE = timedelta(seconds=30)


def beat(name: str) -> None:
    """Note that the process `name` ("worker", "beat") is at work now."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=database_now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def last_beat(name: str) -> tuple[bool, float | None]:
    """Return whether `name` lives, and how many seconds ago it showed it (None: never)."""
    row = Heartbeat.objects.filter(name=name).first()
    if row is None:
        return False, None
    age = database_now() - row.at
    return age <= LATE, max(0.0, age.total_seconds())
