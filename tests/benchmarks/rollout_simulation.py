"""How often the watcher is right: `python -m tests.benchmarks.rollout_simulation [--rollouts N]`.

Draws whole rollouts (5, 25, 50 per cent, up to 72 hours, five metrics, a restart every 6 hours),
asks the tests that the watcher asks, and prints how often it would go back falsely, how soon it
finds harm, how soon it lets go on; beside rules that do not reckon with looking again and again.
Asserts nothing. Seeded: the same figures on every run.

A look is taken each minute at first, later whenever the time since the segment or the restart
began grew by a few per cent: what an e-value would reach in between differs by little.
"""

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

from evaluation.domain.watch.figures import Ratio, Sums
from evaluation.domain.watch.guardrails import Guardrail
from evaluation.domain.watch.metric import Levels, levels, test_of
from evaluation.domain.watch.normal import over_restarts
from evaluation.domain.watch.ratio import sample_ratio
from tests.benchmarks.rollout_naive import FLAGGER, RULES, fires, flagger
from tests.benchmarks.rollout_world import (
    GUARDRAILS,
    METRICS,
    QUALITY,
    Traffic,
    World,
    binomial,
    deal,
    poisson,
    worse,
)

RATES = (100, 1000, 10_000)
ALPHA, ALPHA_PASS = 0.01, 0.05
STAGES = ((5, 48.0), (25, 6.0), (50, 6.0))
HOURS, EVERY = 72.0, 6.0
GROWN = 1.04  # so much longer must a stretch be to be looked at again
RESTARTS = int(HOURS / EVERY) - 1
STRICT = tuple(replace(g, tolerance=0.0, tolerance_share=0.0, ratio=1.0) for g in GUARDRAILS)


@dataclass(frozen=True)
class Plan:
    """How one rollout is run: `stop` at the first FAIL or PASS; `staged` goes on after a PASS."""

    world: World
    guardrails: tuple[Guardrail, ...] = GUARDRAILS
    staged: bool = True
    hours: float = HOURS
    stop: bool = False
    naive: bool = False
    passes: bool = False
    most_calls: int = 10**9


@dataclass
class Seen:
    """What happened: calls of the treatment and the hour at the first FAIL, PASS of each metric."""

    calls: int | None = None
    hour: float | None = None
    passed: dict[str, int] | None = None
    passed_all: int | None = None
    finished: bool = False
    naive: frozenset[str] = frozenset()


def run(plan: Plan, seed: int) -> Seen:
    """Run one rollout to its end, or to the first answer if it is to stop there."""
    traffic, seen = Traffic(plan.world, seed), Seen(passed={})
    level = levels(plan.guardrails, ALPHA, ALPHA_PASS, RESTARTS)
    evidence = Evidence(plan.guardrails)
    hour, stage, began = 0.0, 0, 0.0
    traffic.segment(STAGES[0][0])
    while hour < plan.hours:
        until = min(hour + _step(plan, hour, began, stage), plan.hours, EVERY * len(evidence.marks))
        traffic.serve(hour, until - hour)
        hour = until
        traffic.spread_out()
        due = plan.staged and hour - began >= STAGES[stage][1]
        if seen.hour is None and evidence.fails(traffic, hour, level):
            seen.calls, seen.hour = traffic.calls, hour
            if plan.stop:
                break
        if plan.naive:
            seen.naive |= fires({m: _pooled(traffic, m) for m in METRICS[:3]})
        if (plan.passes or due) and _passes(plan, traffic, level, seen):
            if plan.passes and plan.stop:
                break
            if due and stage + 1 == len(STAGES):
                seen.finished = seen.hour is None
                break
            if due:
                stage, began = stage + 1, hour
                traffic.segment(STAGES[stage][0])
        if traffic.calls > plan.most_calls:
            break
        if hour >= EVERY * len(evidence.marks) and len(evidence.marks) <= RESTARTS:
            evidence.restart(traffic)
    return seen


def _step(plan: Plan, hour: float, began: float, stage: int) -> float:
    """Return the hours to the next look: a minute at least, and half a call of the treatment."""
    least = max(1 / 60, 0.5 / (plan.world.rate * STAGES[stage][0] / 100))
    if not plan.staged and hour < plan.world.harm.from_hour:
        return 0.5
    return max(least, min((GROWN - 1) * (hour - began), 0.12 * (hour % EVERY)))


class Evidence:
    """The evidence of each metric since each restart, reckoned again once that is 4 % longer."""

    def __init__(self, guardrails: Sequence[Guardrail]) -> None:
        self.guardrails = guardrails
        self.marks: list[dict[str, list[tuple[Sums, Sums]]] | None] = [None]  # None: all of it
        self.known: list[tuple[float, list[float]]] = [(-1.0, [])]

    def restart(self, traffic: Traffic) -> None:
        """Begin anew beside what there is."""
        self.marks.append(traffic.mark())
        self.known.append((-1.0, []))

    def fails(self, traffic: Traffic, hour: float, level: dict[str, Levels]) -> bool:
        """Does any metric fail now?"""
        for j, (mark, (asked, _)) in enumerate(zip(self.marks, self.known, strict=True)):
            if hour - j * EVERY >= max(0.0, asked - j * EVERY) * GROWN:
                found = [
                    test_of(g).evidence(g, traffic.pairs(g.metric, mark)) for g in self.guardrails
                ]
                self.known[j] = (hour, found)
        return any(
            over_restarts(whole, late, RESTARTS) >= level[g.metric].to_fail
            for g, (whole, *late) in zip(
                self.guardrails, zip(*(k for _, k in self.known), strict=True), strict=True
            )
        )


def _passes(plan: Plan, traffic: Traffic, level: dict[str, Levels], seen: Seen) -> bool:
    """Do all required metrics pass now? Notes the first time each one did."""
    everything = True
    for g in plan.guardrails:
        sure = test_of(g).assurance(g, traffic.pairs(g.metric)) >= level[g.metric].to_pass
        if sure:
            seen.passed.setdefault(g.metric, traffic.calls)
        everything = everything and (sure or not g.required)
    if everything and seen.passed_all is None:
        seen.passed_all = traffic.calls
    return everything


def _pooled(traffic: Traffic, metric: str) -> tuple[Sums, Sums]:
    pairs = traffic.pairs(metric)
    return sum((p.control for p in pairs), Sums()), sum((p.treatment for p in pairs), Sums())


NULLS: dict[str, Callable[[int], Plan]] = {
    "no change": lambda rate: Plan(World(rate), naive=True),
    "no change, tolerance 0": lambda rate: Plan(World(rate), STRICT),
    "daily drift of load, quality, errors": lambda rate: Plan(World(rate, drift=True)),
    "incident of 30 min, 25 % errors": lambda rate: Plan(World(rate, incident=True)),
    "300 units that come back": lambda rate: Plan(World(rate, units=300)),
    "1000 units, Zipf": lambda rate: Plan(World(rate, units=1000, zipf=True)),
    "5000 units": lambda rate: Plan(World(rate, units=5000)),
}
HARMS = {  # name: harm, goal of section 5 (median / 90 %)
    "quality -0.05": (worse(quality=-0.05), "600 / 1100"),
    "quality -0.10": (worse(quality=-0.10), ""),
    "errors 1 -> 3 %": (worse(error=0.03), "900 / 1900"),
    "errors 1 -> 50 %": (worse(error=0.50), "20 / 35"),
    "latency x1.3": (worse(ln_latency=0.2624), "200 / 350"),
    "slow tail, +5 % of calls": (worse(slow=0.10, ln_latency=0.04), ""),
    "tokens x1.3": (worse(tokens=1.3), "350 / 550"),
}
MARGINS = {  # metric: a treatment exactly on the margin
    QUALITY: worse(quality=-0.03),
    "error": worse(error=0.02),
    "latency": worse(ln_latency=0.18232, slow=0.05),
    "slow": worse(slow=0.08),
    "tokens": worse(tokens=1.25),
}
MOST_CALLS = 6000


def false_rollbacks(pool: "Pool", rates: Sequence[int], rollouts: int) -> None:
    """Print the share of harmless rollouts that each rule sends back."""
    print(f"\n1. False rollbacks, staged 5-25-50, up to {HOURS:.0f} h ({rollouts} rollouts a cell)")
    print(f"{'':44}" + "".join(f"{rate:>10,}/h" for rate in rates))
    naive: dict[str, list[str]] = {rule: [] for rule in RULES}
    finished = []
    for name, plan in NULLS.items():
        shown = []
        for rate in rates:
            seen = pool.runs(plan(rate), rollouts)
            shown.append(percent(sum(s.hour is not None for s in seen), rollouts))
            if plan(rate).naive:
                finished.append(percent(sum(s.finished for s in seen), rollouts))
                for rule in RULES:
                    naive[rule].append(percent(sum(rule in s.naive for s in seen), rollouts))
        print(row(f"proposed: {name}", shown))
    for rule, cells in naive.items():
        print(row(rule, cells))
    windows = [sum(flagger(World(rate), 48, i) for i in range(rollouts)) for rate in rates]
    print(row(FLAGGER, [percent(bad, rollouts) for bad in windows]))
    print(row("harmless rollouts completed within 72 h", finished))


def detection(pool: "Pool", rates: Sequence[int], rollouts: int) -> None:
    """Print the treatment's calls at rollback at 5 per cent."""
    print(
        f"\n2. Calls of the treatment at rollback, 5 %, median / 90 % ({rollouts} rollouts a cell)"
    )
    print(f"{'':28}{'goal':>14}" + "".join(f"{rate:>16,}/h" for rate in rates))
    for name, (harm, goal) in HARMS.items():
        shown = []
        for rate in rates:
            hours = 48 if rate <= 100 else HOURS
            plan = Plan(
                World(rate, harm), staged=False, hours=hours, stop=True, most_calls=MOST_CALLS
            )
            seen = pool.runs(plan, rollouts)
            found = [s.calls for s in seen if s.calls is not None]
            shown.append(
                f"{percent(len(found), rollouts)} in 48 h"
                if rate <= 100
                else middle(found, rollouts)
            )
        print(f"{name:28}{goal:>14}" + "".join(f"{cell:>18}" for cell in shown))
    for rate in rates[1:]:
        late = Plan(World(rate, worse(quality=-0.05, from_hour=30)), staged=False, stop=True)
        hours = [s.hour - 30 for s in pool.runs(late, rollouts) if s.hour is not None]
        goal = "2.5 h at 10,000/h"
        print(
            f"quality -0.05 from hour 30 at {rate:,}/h: found in {percent(len(hours), rollouts)}, "
            f"after {middle(hours, rollouts, 1)} h (goal {goal})"
        )


def letting_go(pool: "Pool", rates: Sequence[int], rollouts: int) -> None:
    """Print how often harm on the margin passes, and when a harmless version does."""
    rate = min(rates, key=lambda r: abs(r - 1000))
    print(
        f"\n3. PASS of a metric before a FAIL, treatment on its margin, {rate:,}/h, 5 % (goal 5 %)"
    )
    for metric, harm in MARGINS.items():
        plan = Plan(World(rate, harm), staged=False, passes=True, hours=48, stop=True)
        seen = pool.runs(replace(plan, guardrails=only(metric)), rollouts)
        print(f"{metric:28}{percent(sum(metric in s.passed for s in seen), rollouts):>14}")
    harmless = Plan(World(rate), staged=False, passes=True, hours=HOURS, stop=True)
    seen = pool.runs(harmless, rollouts)
    for metric in (*METRICS, None):
        calls = [s.passed_all if metric is None else s.passed.get(metric) for s in seen]
        known = [n for n in calls if n is not None]
        name = metric or "all that are required"
        print(f"calls to PASS, no change: {name:24}{middle(known, rollouts):>16}")


def sample_ratios(rates: Sequence[int], rollouts: int) -> None:
    """Print how often the sample ratio holds falsely, and when it notices lost reports."""
    print(f"\n4. Sample ratio at 5 % over 48 h ({rollouts} rollouts a cell)")
    print(f"{'':44}" + "".join(f"{rate:>10,}/h" for rate in rates))
    for name, lost, units in (
        ("false holds, every call drawn", 0.0, 0),
        ("false holds, 1000 units, Zipf", 0.0, 1000),
        ("hours until held, 30 % of reports lost", 0.3, 0),
        ("hours until held, 40 % of reports lost", 0.4, 0),
        ("hours until held, all lost", 1.0, 0),
    ):
        shown = []
        for rate in rates:
            world = World(rate, worse(lost=lost), units=units, zipf=True)
            held = [h for h in (held_at(world, i) for i in range(rollouts)) if h is not None]
            shown.append(
                middle(held, rollouts, 1, half=True) if lost else percent(len(held), rollouts)
            )
        print(row(name, shown))


def held_at(world: World, seed: int) -> float | None:
    """Return the hour at which the sample ratio holds, by growing steps; None if never."""
    traffic = Traffic(world, seed)
    traffic.segment(5)
    control, treatment = traffic.segments[0]
    shards: dict[int, tuple[int, int]] = {}
    hour, rnd = 0.0, traffic.random
    while hour < 48:
        step = max(1 / 60, 4 / world.rate, 0.05 * hour)
        for treated, arm in enumerate((control, treatment)):
            n = poisson(rnd, world.rate * step * arm.load)
            n = binomial(rnd, n, 1 - world.harm.lost) if treated else n
            for j, k in deal(rnd, n, arm.weights).items() if n else ():
                before = shards.get(j, (0, 0))
                shards[j] = (before[0] + k, before[1] + k * treated)
        hour += step
        if sample_ratio(Ratio(5, shards)).is_off:
            return hour
    return None


def only(metric: str) -> tuple[Guardrail, ...]:
    """Return one guardrail alone: the others must not stop the run."""
    found = next(g for g in GUARDRAILS if g.metric == metric)
    return (replace(found, required=True),)


class Pool:
    """Runs rollouts on all cores."""

    def __init__(self, workers: int) -> None:
        self.pool = ProcessPoolExecutor(workers)

    def runs(self, plan: Plan, rollouts: int) -> list[Seen]:
        """Return what happened in each of them; seeds 0 to rollouts - 1."""
        chunk = max(1, rollouts // 16)
        return list(self.pool.map(run, [plan] * rollouts, range(rollouts), chunksize=chunk))


def row(name: str, cells: Iterable[str]) -> str:
    """Return one line of a table."""
    return f"{name:44}" + "".join(f"{cell:>12}" for cell in cells)


def percent(part: int, of: int) -> str:
    """Return a share in per cent."""
    return f"{100 * part / of:.1f} %"


def middle(found: Sequence[float], of: int, digits: int = 0, *, half: bool = False) -> str:
    """Return median / 90 % of those found, reckoned over all runs; a dash where fewer were."""
    if not found:
        return "-"
    ordered = [*sorted(found), *[float("inf")] * (of - len(found))]
    shown = [median(ordered)] if half else [median(ordered), ordered[int(0.9 * of)]]
    return " / ".join("-" if x == float("inf") else f"{x:,.{digits}f}" for x in shown)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rollouts", type=int, default=60)
    parser.add_argument("--rate", type=int, nargs="+", default=list(RATES))
    parser.add_argument("--table", type=int, nargs="+", default=[1, 2, 3, 4])
    given = parser.parse_args()
    pool, start = Pool(os.cpu_count() or 1), perf_counter()
    if 1 in given.table:
        false_rollbacks(pool, given.rate, given.rollouts)
    if 2 in given.table:
        detection(pool, given.rate, given.rollouts)
    if 3 in given.table:
        letting_go(pool, given.rate, given.rollouts)
    if 4 in given.table:
        sample_ratios(given.rate, given.rollouts)
    pool.pool.shutdown()
    print(f"\n{perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
