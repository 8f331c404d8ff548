"""What a run may still ask: its calls, its dollars, its time, and what a month may cost.

Looked at before each call, with what the open calls cost at worst set aside. What workers on
other shards of the run wrote is seen whenever this one writes or beats: by so much less than
a beat several of them together can go over a cap.
"""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from evaluation.offline.effective import effective
from evaluation.offline.leases import Standing
from evaluation.offline.models import Run
from evaluation.offline.spend import Spent, spent_by, spent_by_all
from evaluation.providers.connections import Connection
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.projects.models import Project

_KEPT = (
    "What was answered is kept: raise the budget on the evaluation page and evaluate again to go "
    "on from there."
)
_NEXT_MONTH = "What was answered is kept: raise it, or evaluate again next month."


@dataclass
class Month:
    """A cap on a month's dollars: of one connection by all projects, or (None) of one project.

    `whose` begins a sentence.
    """

    whose: str
    cap: Decimal
    connection: str | None = None
    spent: Decimal = Decimal(0)

    def covers(self, connection: str) -> bool:
        """Does a call through `connection` count here?"""
        return self.connection in (None, connection)


@dataclass
class Budget:
    """The caps of a run (None: there is none) and how it stands.

    `ends` is a moment of the monotonic clock. `set_aside` are the dollars of the open calls.
    """

    max_calls: int | None = None
    max_cost: Decimal | None = None
    max_seconds: float | None = None
    ends: float = math.inf
    months: Sequence[Month] = ()
    standing: Standing = field(default_factory=Standing)
    open_calls: int = 0
    set_aside: Decimal = Decimal(0)
    unwritten_calls: int = 0
    unwritten_cost: Decimal = Decimal(0)

    def refuses(self, connection: str, worst: Decimal, *, reached: bool = False) -> str:
        """Return why one more call of at most `worst` dollars is not made now, or "".

        `reached`: nor when a month's cap is just reached.
        """
        calls = self.standing.calls + self.unwritten_calls + self.open_calls
        if self.max_calls is not None and calls >= self.max_calls:
            return f"its budget of {self.max_calls:,} calls is used up. {_KEPT}"
        ahead = self.unwritten_cost + self.set_aside + worst
        if self.max_cost is not None and self.standing.cost + ahead > self.max_cost:
            return f"its budget of {self.max_cost:.2f} US dollars is used up. {_KEPT}"
        for month in self.months:
            over = month.spent + ahead > month.cap or (reached and month.spent >= month.cap)
            if month.covers(connection) and over:
                return f"{month.whose} of {month.cap:.2f} US dollars is used up. {_NEXT_MONTH}"
        return ""

    @property
    def out_of_time(self) -> str:
        """Why nothing more is asked, once the run took too long; or ""."""
        if time.monotonic() < self.ends:
            return ""
        return f"it took longer than the {self.max_seconds:,.0f} seconds it may take. {_KEPT}"

    def start(self, worst: Decimal) -> None:
        """Set aside what a call takes that starts now."""
        self.open_calls += 1
        self.set_aside += worst

    def land(self, worst: Decimal) -> None:
        """Give back what was set aside for a call that came back."""
        self.open_calls -= 1
        self.set_aside -= worst

    def note(self, calls: int, cost: Decimal | None) -> None:
        """Remember what a row came to until it is written."""
        self.unwritten_calls += calls
        self.unwritten_cost += cost or 0

    def spend(self, cost: Decimal | None) -> None:
        """Count dollars of this month that are written already."""
        for month in self.months:
            month.spent += cost or 0

    def written(self, standing: Standing) -> None:
        """Take in how the run stands now that everything noted is written."""
        self.spend(self.unwritten_cost)
        self.standing, self.unwritten_calls, self.unwritten_cost = standing, 0, Decimal(0)

    def look_at_months(self, project: Project) -> None:
        """Read what was spent this month; where nothing is capped nothing is read."""
        if not self.months:
            return
        ours, everybody = spent_by(project), spent_by_all()
        for month in self.months:
            if month.connection is None:
                month.spent = sum((one.cost for one in ours.values()), Decimal(0))
            else:
                month.spent = everybody.get(month.connection, Spent()).cost


def budget_of(run: Run, connections: Iterable[Connection], standing: Standing) -> Budget:
    """Return the budget of `run`, which asks `connections`."""
    caps = run.budget
    calls, seconds = caps.get("max_calls"), caps.get("max_seconds")
    spent = (database_now() - run.started_at).total_seconds() if run.started_at else 0.0
    budget = Budget(
        max_calls=calls,
        max_cost=_dollars(caps.get("max_cost")),
        max_seconds=seconds,
        ends=math.inf if seconds is None else time.monotonic() + seconds - spent,
        months=_months(caps.get("max_cost_month"), connections),
        standing=standing,
    )
    budget.look_at_months(run.prompt.project)
    return budget


def month_budget(project: Project, connection: Connection) -> Budget:
    """Return what `project` may still spend this month on `connection` outside of a run."""
    cap = effective(None, project).budget.get("max_cost_month")
    budget = Budget(months=_months(cap, [connection]))
    budget.look_at_months(project)
    return budget


def refuse_spent_month(project: Project, connection: Connection) -> None:
    """Raise Refused when the month's money of `project` or `connection` is used up."""
    if connection.simulated:
        return
    why = month_budget(project, connection).refuses(connection.name, Decimal(0), reached=True)
    if why:
        raise Refused(why[0].upper() + why[1:], field="connection")


def _months(of_project: float | None, connections: Iterable[Connection]) -> list[Month]:
    months = [
        Month(f"the monthly budget of the connection {one.name}", one.max_cost_month, one.name)
        for one in connections
        if one.max_cost_month is not None
    ]
    ours = _dollars(of_project)
    return [Month("the project's monthly budget", ours), *months] if ours is not None else months


def _dollars(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
