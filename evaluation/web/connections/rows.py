"""What the page says of each connection, in words. Of an address only the host, of keys nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evaluation.offline.connection_tests import is_waiting, last_tests
from evaluation.offline.models import ConnectionTest
from evaluation.offline.spend import Spent, spent_by, spent_by_all
from evaluation.providers import connections
from evaluation.providers.base import Usage
from evaluation.providers.connections import Connection
from evaluation.providers.prices import cost_of
from registry.domain.errors import Refused
from registry.projects.models import Project

NEAR = Decimal("0.8")
THOUSAND = 1000  # tokens; prices are told for a thousand times as many


@dataclass(frozen=True)
class Row:
    """One connection. `trouble` says why it cannot be used; then the rest is empty.

    `models` come with their prices, `month` is dollars and calls by whom; `near_cap` is the
    cap when little is left of it.
    """

    name: str
    trouble: str = ""
    simulated: bool = False
    host: str = ""
    models: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()
    month: tuple[tuple[str, str], ...] = ()
    near_cap: str = ""
    test: ConnectionTest | None = None
    waiting: bool = False

    @property
    def model_names(self) -> list[str]:
        """The models to choose from; none means that any may be asked for."""
        return [name for name, _ in self.models]


def rows_of(project: Project) -> list[Row]:
    """Return a row for each connection, with what it cost this month and its last test."""
    names = connections.names()
    here, everywhere, tests = spent_by(project), spent_by_all(), last_tests(project, names)
    rows = []
    for name in names:
        try:
            known = connections.get(name)
        except Refused as refused:
            rows.append(Row(name, trouble=str(refused)))
            continue
        spent, all_spent = here.get(name, Spent()), everywhere.get(name, Spent())
        rows.append(
            _row(
                known,
                tests.get(name),
                month=(
                    _month(spent, project.name),
                    _month(all_spent, "all projects", cap=known.max_cost_month),
                ),
                near_cap=_near(known.max_cost_month, all_spent.cost),
            )
        )
    return rows


def price_words(connection: Connection, model: str) -> str:
    """Return what a million tokens cost, or "" when nobody knows."""
    into = cost_of(connection, model, Usage(THOUSAND, 0))
    out = cost_of(connection, model, Usage(0, THOUSAND))
    if into is None or out is None:
        return ""
    return f"{dollars(into * THOUSAND)} in, {dollars(out * THOUSAND)} out"


def dollars(amount: Decimal) -> str:
    """Return an amount with its cents, and more places only where it has less than ten cents."""
    if amount == 0 or amount >= Decimal("0.1"):
        return f"${amount:,.2f}"
    return f"${amount.normalize():f}" if amount >= Decimal("0.0001") else "under $0.0001"


def _row(known: Connection, test: ConnectionTest | None, **spent: Any) -> Row:
    return Row(
        known.name,
        simulated=known.simulated,
        host=known.host,
        models=tuple((model, price_words(known, model)) for model in known.models),
        limits=tuple(_limits(known)),
        test=test,
        waiting=test is not None and is_waiting(test),
        **spent,
    )


def _month(spent: Spent, by: str, *, cap: Decimal | None = None) -> tuple[str, str]:
    """Return the dollars, and who made how many calls."""
    amount = dollars(spent.cost)
    if cap is not None:
        amount += f" of at most {dollars(cap)}"
    calls = f"by {by}, {spent.calls:,} call{'' if spent.calls == 1 else 's'}"
    if spent.unpriced:
        calls += f", {spent.unpriced:,} of them at unknown cost"
    return amount, calls


def _near(cap: Decimal | None, cost: Decimal) -> str:
    """Return the cap when four fifths of it are gone, else ""."""
    return dollars(cap) if cap is not None and cost >= cap * NEAR else ""


def _limits(connection: Connection) -> Iterator[str]:
    yield f"{connection.at_once} at once in each worker"
    limits = connection.limits
    if limits.requests_per_minute:
        yield f"{limits.requests_per_minute:,} requests a minute"
    if limits.tokens_per_minute:
        yield f"{limits.tokens_per_minute:,} tokens a minute"
