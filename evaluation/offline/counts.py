"""What calls came to: added up on the run and on the month of its project, where they are paid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F

from evaluation.offline.models import Run
from evaluation.offline.spend import add_spend


@dataclass
class Calls:
    """Calls through one connection. `cost` is in US dollars; `unpriced` calls are not in it."""

    connection: str
    calls: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class Paid:
    """One row's part: how often its question was put, and what the answer took."""

    connection: str
    calls: int
    answered: bool
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None


def added_up(parts: Iterable[Paid]) -> list[Calls]:
    """Return the sums by connection, in the order of their names."""
    sums: dict[str, Calls] = {}
    for part in parts:
        total = sums.setdefault(part.connection, Calls(part.connection))
        total.calls += part.calls
        total.unpriced += part.answered and part.cost is None
        total.input_tokens += part.input_tokens or 0
        total.output_tokens += part.output_tokens or 0
        total.cost += part.cost or 0
    return sorted(sums.values(), key=lambda total: total.connection)


def count(run: Run, calls: Sequence[Calls]) -> None:
    """Add `calls` to the run and to what its project spends this month.

    Call it in the transaction that writes their rows. The connections come in the order of
    their names, so that two workers never wait for each other.
    """
    if not calls:
        return
    Run.objects.filter(pk=run.pk).update(
        calls=F("calls") + sum(one.calls for one in calls),
        cost=F("cost") + sum((one.cost for one in calls), Decimal(0)),
        unpriced_calls=F("unpriced_calls") + sum(one.unpriced for one in calls),
    )
    for one in calls:
        add_spend(
            run.prompt.project_id,
            one.connection,
            calls=one.calls,
            unpriced=one.unpriced,
            input_tokens=one.input_tokens,
            output_tokens=one.output_tokens,
            cost=one.cost,
        )
