"""How many items came in a day, by door and outcome; and what keeps scores and calls apart."""

from datetime import datetime

from django.db import connection

from evaluation.online.intake.observation import Recorded
from evaluation.online.intake.write import add_counts
from registry.domain.strict_json import made_storable
from registry.projects.models import Project

LOCK = 0x1A7E  # names this lock among others
EXAMPLE = 200  # characters of a message that are kept


def lock(project: Project, *, shared: bool) -> None:
    """Have scores wait for calls and the other way round, so that neither misses the other.

    Calls do not wait for calls. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {name}(%s, %s)", [LOCK, project.pk % 2**31])


def count_items(
    project: Project, result: Recorded, *, now: datetime, door: str, example: str, waiting: int = 0
) -> None:
    """Add to what came in today: how many were taken, and why others were not.

    `waiting` of those taken wait for their call.
    """
    counts: dict[str, tuple[int, str]] = {}
    for outcome, n in (
        ("taken", result.taken - waiting),
        ("waiting", waiting),
        ("again", result.again),
    ):
        if n:
            counts[outcome] = (n, example)
    for rejection in (*result.rejected, *result.left_out):
        n, _ = counts.get(rejection.outcome, (0, ""))
        message = (
            f"{rejection.field}: {rejection.message}" if rejection.field else rejection.message
        )
        counts[rejection.outcome] = (n + 1, message)
    add_counts(
        [
            (project.pk, now.date(), door, outcome, n, now, made_storable(says)[:EXAMPLE])
            for outcome, (n, says) in counts.items()
        ]
    )
