"""The engine against a model of 200 ms, as ratios: wall to ideal, CPU, memory, calls lost.

`python -m tests.benchmarks.engine [--sqlite | --postgresql] [scenario …]`: 500 cases × (answer
+ score), 50 at a time, through a real Celery worker; on both databases unless one is named.
Without names all scenarios run. Servers and rows live in a folder that goes away. CPU seconds
and ratios within one run are the sound figures: on a busy machine every wall is longer.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.engine_ground import (
    AT_ONCE,
    FREE,
    METERED,
    RATE,
    Ground,
    Shop,
    ground,
    wait_until,
)

if TYPE_CHECKING:
    from evaluation.offline.models import Run

CASES = 500
LATENCY = 0.2
CALLS = 2 * CASES
IDEAL = CALLS / AT_ONCE * LATENCY
RATE_FLOOR = (CALLS - RATE) / RATE  # the bucket holds one second's worth at the start
PATIENCE = 300.0
MANY = 10_000


@dataclass(frozen=True)
class Measured:
    """One run. `floor` is the least wall there can be, `repeated` calls more than one per row."""

    wall: float
    floor: float
    cpu: float
    peak: float
    calls: int
    lost: int
    limited: int
    repeated: int
    note: str = ""

    def line(self, name: str, goal: float | None) -> str:
        """Return the row of the table."""
        ratio = self.wall / self.floor
        per_thousand = self.cpu / self.calls * 1000
        aim = f"≤ {goal:.2f}" if goal else ""
        return (
            f"{name:<22}{self.wall:>7.1f}{self.floor:>7.1f}{ratio:>7.2f} {aim:<7}"
            f"{per_thousand:>7.2f}{self.peak:>7.0f}{self.lost:>6}{self.limited:>6}"
            f"{self.repeated:>9}  {self.note}"
        )


HEAD = (
    f"{'':<22}{'wall s':>7}{'floor':>7}{'ratio':>7} {'goal':<7}{'CPU/k':>7}{'MB':>7}{'lost':>6}"
    f"{'429s':>6}{'repeated':>9}"
)


class Bench:
    """Runs scenarios on one ground."""

    def __init__(self, place: Ground) -> None:
        self.place, self.shop = place, Shop()
        place.start_beat()
        self.worker = place.start_worker()

    def measure(
        self,
        floor: float,
        *,
        cases: int = CASES,
        way: str = FREE,
        meanwhile: Callable[["Run"], str] = lambda run: "",
        **behaviour: Any,
    ) -> Measured:
        """Let one run go through and read everything off."""
        self.place.behave(**{"seconds": LATENCY, **behaviour})
        before = {id(one): one.cpu for one in self.place.workers}
        for one in self.place.workers:
            one.forget_peak()
        started = time.monotonic()
        run = self.shop.run(cases, way)
        note = meanwhile(run)
        wait_until(lambda: _is_over(run), PATIENCE)
        wall = time.monotonic() - started
        note = f"{note} {_stages(run)}"
        counts = self.place.counts()
        calls, lost = _rows(run, cases)
        if run.state == "errored":
            note = f"{note} errored: {'; '.join(run.reasons)[:150]}"
        return Measured(
            wall=wall,
            floor=floor,
            cpu=sum(one.cpu - before.get(id(one), 0.0) for one in self.place.workers),
            peak=max(one.peak for one in self.place.workers),
            calls=calls,
            lost=lost,
            limited=counts["limited"],
            repeated=counts["answered"] - calls,
            note=note.strip(),
        )

    def bare(self) -> Measured:
        """As many calls by threads alone: what this machine can do now, without any engine."""
        from evaluation.providers import connections
        from evaluation.providers.base import ModelRequest

        self.place.behave(seconds=LATENCY)
        ask = connections.get(FREE).provider.complete
        question = ModelRequest("mock", [{"role": "user", "content": "Where is it? " * 50}])
        cpu, started = time.process_time(), time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(ask, [question] * CALLS))
        wall = time.monotonic() - started
        spent = time.process_time() - cpu
        return Measured(wall, IDEAL, spent, 0.0, CALLS, CALLS - len(answers), 0, 0)

    def plain(self) -> Measured:
        """Nothing goes wrong."""
        return self.measure(IDEAL)

    def limited(self) -> Measured:
        """One call in ten is told to come back in a second."""
        return self.measure(IDEAL, limited=0.1)

    def limit(self) -> Measured:
        """The model takes 100 requests a second, and nobody told us."""
        return self.measure(RATE_FLOOR, per_second=RATE)

    def metered(self) -> Measured:
        """The same, and the setting says so."""
        made = self.measure(RATE_FLOOR, way=METERED, per_second=RATE)
        return _noted(made, f"at most {self.place.counts()['busiest']} in a second")

    def crowded(self) -> Measured:
        """The model takes 20 calls at once, and nobody told us."""
        return self.measure(CALLS / 20 * LATENCY, at_once=20)

    def broken(self) -> Measured:
        """One call in twenty is a 500, one in fifty a dropped line."""
        return self.measure(IDEAL, failing=0.05, dropped=0.02)

    def killed(self) -> Measured:
        """The worker is killed in the middle, and another one is started."""
        return self.measure(IDEAL, meanwhile=self._kill)

    def _kill(self, run: "Run") -> str:
        wait_until(lambda: sum(_written(run)) >= CALLS // 2, PATIENCE)
        self.place.kill(self.worker)
        kept = sum(_written(run))
        open_calls = self.place.counts()["open"]
        died = time.monotonic()
        self.worker = self.place.start_worker()
        up = time.monotonic() - died
        wait_until(lambda: sum(_written(run)) > kept, PATIENCE)
        resumed = time.monotonic() - died
        return f"{kept} kept, {open_calls} open; a worker after {up:.1f} s, resumed {resumed:.1f} s"

    def two(self) -> Measured:
        """Two workers, two shards, one rate."""
        second = self.place.start_worker()
        before = {id(one): one.cpu for one in (self.worker, second)}
        floor = (2 * CALLS - RATE) / RATE
        made = self.measure(floor, cases=2 * CASES, way=METERED, per_second=RATE)
        parts = " and ".join(f"{one.cpu - before[id(one)]:.1f}" for one in (self.worker, second))
        busiest = self.place.counts()["busiest"]
        self.place.kill(second)
        return _noted(made, f"CPU s {parts}; at most {busiest} in a second")

    def many(self) -> Measured:
        """Ten thousand cases."""
        return self.measure(2 * MANY / AT_ONCE * LATENCY, cases=MANY)


# What runs, with the most that its wall may be of the floor.
SCENARIOS: dict[str, float | None] = {
    "bare": None,
    "plain": 1.25,
    "limited": 2.0,
    "limit": 1.3,
    "metered": 1.3,
    "crowded": 1.5,
    "broken": None,
    "killed": None,
    "two": 1.3,
    "many": None,
}


def _noted(made: Measured, note: str) -> Measured:
    return Measured(**{**vars(made), "note": f"{note} {made.note}".strip()})


def _is_over(run: "Run") -> bool:
    run.refresh_from_db()
    return run.state not in ("queued", "running")


def _stages(run: "Run") -> str:
    """Return how long it took to the first answer and from the last score to the end."""
    first = run.results.order_by("created_at").values_list("created_at", flat=True).first()
    last = run.judgements.order_by("-created_at").values_list("created_at", flat=True).first()
    if not (first and last and run.finished_at):
        return ""
    begun, ended = first - run.created_at, run.finished_at - last
    return f"first answer {begun.total_seconds():.1f} s, end {ended.total_seconds():.1f} s"


def _written(run: "Run") -> tuple[int, int]:
    """Return how many answers and how many scores there are."""
    return run.results.count(), run.judgements.count()


def _rows(run: "Run", cases: int) -> tuple[int, int]:
    """Return the rows, and how many answers and scores lack."""
    answers = run.results.filter(error="").count()
    scores = run.judgements.filter(score__isnull=False).count()
    return sum(_written(run)), 2 * cases - answers - scores


def _measure(names: list[str], *, postgresql: bool) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="promptcms-")))
        folder.chmod(0o711)
        place = ground(stack, folder, postgresql=postgresql)
        bench = Bench(place)
        print(
            f"\n{'PostgreSQL, Redis' if postgresql else 'SQLite, file broker'}\n{HEAD}", flush=True
        )
        for name in names:
            if name == "two" and not postgresql:
                continue  # several machines need PostgreSQL and Redis
            made: Measured = getattr(bench, name)()
            print(made.line(name, SCENARIOS[name]), flush=True)


def main(arguments: list[str]) -> None:
    """Measure on one database here, or on each in a process of its own."""
    names = [name for name in arguments if not name.startswith("-")]
    if unknown := set(names) - set(SCENARIOS):
        sys.exit(f"Unknown: {', '.join(unknown)}. There are {', '.join(SCENARIOS)}.")
    if "--postgresql" in arguments or "--sqlite" in arguments:
        _measure(names or list(SCENARIOS), postgresql="--postgresql" in arguments)
        return
    for database in ("--postgresql", "--sqlite"):
        command = [sys.executable, "-m", "tests.benchmarks.engine", database, *names]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
