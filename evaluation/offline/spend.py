"""What was asked of the connections in a month, by project, added up as calls come back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Sum

from evaluation.offline.models import Spend
from registry.audit.clock import database_now
from registry.projects.models import Project


@dataclass(frozen=True)
class Spent:
    """Calls, and US dollars. Calls of unknown cost are counted apart; the dollars lack them."""

    calls: int = 0
    unpriced: int = 0
    cost: Decimal = Decimal(0)


def this_month() -> date:
    """Return the first day of the month, UTC, by the database's clock."""
    return database_now().date().replace(day=1)


def add_spend(
    project: int,
    connection: str,
    *,
    calls: int = 1,
    unpriced: int = 0,
    input_tokens: int = 0,
    output_tokens: int = 0,
    cost: Decimal = Decimal(0),
) -> None:
    """Add calls of a project to this month. Call it in the transaction that writes their rows."""
    month = this_month()
    row = Spend.objects.filter(project=project, connection=connection, month=month)
    more = {
        "calls": F("calls") + calls,
        "unpriced_calls": F("unpriced_calls") + unpriced,
        "input_tokens": F("input_tokens") + input_tokens,
        "output_tokens": F("output_tokens") + output_tokens,
        "cost": F("cost") + cost,
    }
    if not row.update(**more):
        first = Spend(project_id=project, connection=connection, month=month)
        Spend.objects.bulk_create([first], ignore_conflicts=True)  # two workers may be the first
        row.update(**more)


def spent_by(project: Project) -> dict[str, Spent]:
    """Return what the project asked of each connection this month."""
    rows = Spend.objects.filter(project=project, month=this_month())
    return {row.connection: Spent(row.calls, row.unpriced_calls, row.cost) for row in rows}


def spent_by_all() -> dict[str, Spent]:
    """Return what all projects together asked of each connection this month."""
    rows = Spend.objects.filter(month=this_month()).values("connection")
    sums = rows.annotate(
        total_calls=Sum("calls"), total_unpriced=Sum("unpriced_calls"), total_cost=Sum("cost")
    ).order_by("connection")
    return {
        row["connection"]: Spent(row["total_calls"], row["total_unpriced"], row["total_cost"])
        for row in sums
    }
