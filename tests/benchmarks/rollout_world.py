"""Live traffic drawn as roll-ups, for `rollout_simulation`: sums of batches, never single rows.

A judge gives five whole marks (mean 0.80, sd 0.21), 1 % of calls are errors, 5 % slow, the
logarithm of latency has sd 0.6, tokens vary by 0.6 of their mean. Small batches are drawn call
by call, large ones as the normal sums they are by then.
"""

import math
import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from statistics import NormalDist

from evaluation.domain.watch.figures import SHARDS, ArmFigures, Sums
from evaluation.domain.watch.guardrails import ERROR, LATENCY, SLOW, Kind, cost, quality
from evaluation.domain.watch.pairs import Pair, pooled_effect

GUARDRAILS = (quality("quality"), ERROR, LATENCY, SLOW, cost())
METRICS = tuple(g.metric for g in GUARDRAILS)
KINDS = {g.metric: g.kind for g in GUARDRAILS}
QUALITY = METRICS[0]
FEW = 25  # values of a batch that are drawn one by one
LN_SD, TOKENS, TOKENS_SD = 0.6, 800.0, 480.0
TASTE = NormalDist(0.845, 0.265)  # what a judge's marks, fifths of 1, are rounded from
BELOW = (0.0, *(TASTE.cdf(k / 5 + 0.1) for k in range(1, 5)), 1.0)
MARKS = tuple(after - before for before, after in pairwise(BELOW))
MARKS_UP_TO = tuple(accumulate(MARKS))
MARK_MEAN = sum(m * k / 5 for k, m in enumerate(MARKS, 1))
MARK_SD = math.sqrt(sum(m * (k / 5 - MARK_MEAN) ** 2 for k, m in enumerate(MARKS, 1)))


@dataclass(frozen=True)
class Harm:
    """How the treatment differs from control, from an hour on."""

    quality: float = 0.0
    error: float = 0.01
    ln_latency: float = 0.0
    slow: float | None = None  # None: as the latency makes it
    tokens: float = 1.0
    from_hour: float = 0.0
    lost: float = 0.0  # share of its calls that are never reported


NONE = Harm()


@dataclass(frozen=True)
class World:
    """What happens to both arms: a daily swing, an incident of 30 minutes, people who come back.

    `units` people, each with tastes of their own, in one arm for good; 0: every call is drawn.
    """

    rate: float
    harm: Harm = NONE
    drift: bool = False
    incident: bool = False
    units: int = 0
    zipf: bool = False


@dataclass
class Arm:
    """One arm of one segment, as it is summed up."""

    weights: list[float]  # of each shard
    tastes: list[float]  # of each shard: how far its people are from the mean, in sd
    sums: dict[str, Sums] = field(default_factory=lambda: dict.fromkeys(METRICS, Sums()))
    spread: dict[str, Sums] = field(default_factory=lambda: dict.fromkeys(METRICS, Sums()))
    shards: dict[str, dict[int, tuple[int, float]]] = field(
        default_factory=lambda: {metric: {} for metric in METRICS}
    )

    def __post_init__(self) -> None:
        """Work out its share of all calls, and how far its mean call is from everybody's, in sd."""
        self.load = sum(self.weights)
        mean = sum(w * t for w, t in zip(self.weights, self.tastes, strict=True))
        self.taste = mean / (self.load or 1)

    def figures(self, metric: str) -> ArmFigures:
        """Return what the design effect needs."""
        return ArmFigures(self.spread[metric], self.shards[metric])


class Traffic:
    """One rollout's traffic; `segment` opens a share, `serve` adds a stretch of time."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.people = self._people()
        self.begins = self.random.uniform(1, 40)  # of the incident, hours
        self.segments: list[tuple[Arm, Arm]] = []
        self.effects: list[dict[str, float]] = []
        self.told = 0

    def segment(self, percent: float) -> None:
        """Open a segment: control and treatment by this share."""
        share = percent / 100
        if not self.people:
            arms = (_even(1 - share), _even(share))
        else:
            arms = tuple(
                _of([p for p in self.people if (p[0] < share) is treated])
                for treated in (False, True)
            )
        self.segments.append((arms[0], arms[1]))
        self.effects.append(dict.fromkeys(METRICS, 1.0))
        self.told = 0

    def serve(self, hour: float, hours: float) -> None:
        """Add the calls of a stretch of time to the segment that is open."""
        load = self.world.rate * hours
        if self.world.drift:
            load *= 1 + 0.5 * math.sin(2 * math.pi * hour / 24)
        for treated, arm in enumerate(self.segments[-1]):
            n = poisson(self.random, load * arm.load)
            harm = self.world.harm if treated and hour >= self.world.harm.from_hour else NONE
            if treated and harm.lost:
                n = binomial(self.random, n, 1 - harm.lost)
            if n:
                self._add(arm, n, harm, hour)

    def pairs(
        self, metric: str, since: dict[str, list[tuple[Sums, Sums]]] | None = None
    ) -> list[Pair]:
        """Return both arms by segment, less what there was `since` began."""
        found = []
        for i, (control, treatment) in enumerate(self.segments):
            pair = Pair(control.sums[metric], treatment.sums[metric], self.effects[i][metric])
            if since and i < len(since[metric]):
                before = since[metric][i]
                pair = Pair(_less(pair[0], before[0]), _less(pair[1], before[1]), pair[2])
            found.append(pair)
        return found

    def mark(self) -> dict[str, list[tuple[Sums, Sums]]]:
        """Return the sums as they stand: a restart begins."""
        return {m: [(c.sums[m], t.sums[m]) for c, t in self.segments] for m in METRICS}

    @property
    def calls(self) -> int:
        """How many calls the treatment had in all."""
        return sum(treatment.sums["error"].n for _, treatment in self.segments)

    def spread_out(self, growth: float = 1.3) -> None:
        """Deal what came lately to the shards, once there is enough of it, and weigh repeats."""
        n = self.segments[-1][1].sums["error"].n
        if n < 2 or n < self.told * growth:
            return
        self.told = n
        for arm in self.segments[-1]:
            batch = arm.sums["error"].n - arm.spread["error"].n
            counts = deal(self.random, batch, arm.weights) if batch else {}
            for metric in METRICS:
                self._deal(arm, metric, counts)
        for metric in METRICS:
            effect = pooled_effect([a.figures(metric) for a in self.segments[-1]], KINDS[metric])
            self.effects[-1][metric] = effect or 1.0

    def _people(self) -> list[tuple[float, int, float, float]]:
        """Return everybody's place between 0 and 1, shard, share of the calls and taste."""
        units = self.world.units
        weights = [1 / (i + 1) if self.world.zipf else 1.0 for i in range(units)]
        everything = sum(weights)
        return [
            (
                self.random.random(),
                self.random.randrange(SHARDS),
                w / everything,
                self.random.gauss(0, 1),
            )
            for w in weights
        ]

    def _add(self, arm: Arm, n: int, harm: Harm, hour: float) -> None:
        rnd, world = self.random, self.world
        swing = 0.05 * math.sin(2 * math.pi * hour / 24) if world.drift else 0.0
        broken = world.incident and self.begins <= hour < self.begins + 0.5
        error = harm.error * (1 + 10 * swing)
        if broken:
            swing, error = swing - 0.2, 0.25
        taste = arm.taste if self.people else 0.0
        slow = harm.slow
        if slow is None:
            slow = 1 - NormalDist().cdf(1.6449 - harm.ln_latency / LN_SD)
        drawn = {
            QUALITY: marks(rnd, n, swing + harm.quality + 0.1 * taste),
            "error": Sums(n, float(binomial(rnd, n, max(0.0, error * (1 + 0.3 * taste))))),
            "latency": normal(rnd, n, 7 + harm.ln_latency + 0.3 * taste, LN_SD),
            "slow": Sums(n, float(binomial(rnd, n, slow))),
            "tokens": tokens(rnd, n, harm.tokens * (1 + 0.3 * max(-2, taste))),
        }
        for metric, sums in drawn.items():
            arm.sums[metric] = arm.sums[metric] + sums

    def _deal(self, arm: Arm, metric: str, counts: dict[int, int]) -> None:
        """Deal the sum that is not in shards yet: totals differ as single calls would."""
        rnd, batch = self.random, _less(arm.sums[metric], arm.spread[metric])
        if not batch.n:
            return
        kind = KINDS[metric]
        sd = (
            math.sqrt(batch.mean * (1 - batch.mean))
            if kind is Kind.RATE
            else math.sqrt(batch.variance)
        )
        apart = _APART[metric] if self.people else 0.0
        totals = {
            j: n * (batch.mean + apart * (arm.tastes[j] - arm.taste))
            + rnd.gauss(0, sd) * math.sqrt(n)
            for j, n in counts.items()
        }
        surplus = (math.fsum(totals.values()) - batch.total) / batch.n
        shards = arm.shards[metric]
        for j, n in counts.items():
            before = shards.get(j, (0, 0.0))
            shards[j] = (before[0] + n, before[1] + totals[j] - surplus * n)
        arm.spread[metric] = arm.sums[metric]


_APART = {QUALITY: 0.1, "error": 0.003, "latency": 0.3, "slow": 0.0, "tokens": 240.0}


def _even(load: float) -> Arm:
    return Arm([load / SHARDS] * SHARDS, [0.0] * SHARDS)


def _of(people: Sequence[tuple[float, int, float, float]]) -> Arm:
    weights, tastes = [0.0] * SHARDS, [0.0] * SHARDS
    for _, shard, weight, taste in people:
        weights[shard] += weight
        tastes[shard] += weight * taste
    return Arm(weights, [t / w if w else 0.0 for t, w in zip(tastes, weights)])


def _less(now: Sums, before: Sums) -> Sums:
    return Sums(now.n - before.n, now.total - before.total, now.squares - before.squares)


def deal(rnd: random.Random, n: int, weights: Sequence[float]) -> dict[int, int]:
    """Return how many of n calls each shard gets."""
    everything = sum(weights)
    if n < 2000:
        counts: dict[int, int] = {}
        for j in rnd.choices(range(len(weights)), weights, k=n):
            counts[j] = counts.get(j, 0) + 1
        return counts
    drawn = {j: poisson(rnd, n * w / everything) for j, w in enumerate(weights) if w > 0}
    top = max(drawn, key=lambda j: drawn[j])
    drawn[top] += n - sum(drawn.values())
    return {j: k for j, k in drawn.items() if k > 0}


def marks(rnd: random.Random, n: int, shift: float) -> Sums:
    """Return the sums of n marks; a shift moves that share of them down or up by a fifth."""
    if n > FEW:
        return normal(rnd, n, MARK_MEAN + shift, MARK_SD)
    drawn = []
    for _ in range(n):
        mark = bisect(MARKS_UP_TO, rnd.random() * MARKS_UP_TO[-1]) + 1
        moves = abs(shift) * 5
        step = int(moves) + (rnd.random() < moves - int(moves))
        drawn.append((mark + math.copysign(step, shift)) / 5)
    return Sums(n, math.fsum(drawn), math.fsum(x * x for x in drawn))


def tokens(rnd: random.Random, n: int, times: float) -> Sums:
    """Return the sums of n log-normal token counts."""
    if n > FEW:
        return normal(rnd, n, TOKENS * times, TOKENS_SD * times)
    sigma = math.sqrt(math.log1p((TOKENS_SD / TOKENS) ** 2))
    centre = math.log(TOKENS * times) - sigma**2 / 2
    drawn = [math.exp(rnd.gauss(centre, sigma)) for _ in range(n)]
    return Sums(n, math.fsum(drawn), math.fsum(x * x for x in drawn))


def normal(rnd: random.Random, n: int, mean: float, sd: float) -> Sums:
    """Return the sums of n normal values."""
    total = n * mean + rnd.gauss(0, sd) * math.sqrt(n)
    spread = rnd.gammavariate((n - 1) / 2, 2) * sd**2 if n > 1 else 0.0
    return Sums(n, total, total**2 / n + spread)


def poisson(rnd: random.Random, mean: float) -> int:
    """Return a Poisson number; a rounded normal one from 60 on."""
    if mean > 60:
        return max(0, round(rnd.gauss(mean, math.sqrt(mean))))
    limit, product, k = math.exp(-mean), rnd.random(), 0
    while product > limit:
        product *= rnd.random()
        k += 1
    return k


def binomial(rnd: random.Random, n: int, p: float) -> int:
    """Return how many of n happen; Poisson or normal where those are as good."""
    if n <= 60:
        return sum(1 for _ in range(n) if rnd.random() < p)
    if n * p * (1 - p) > 60:
        return min(n, max(0, round(rnd.gauss(n * p, math.sqrt(n * p * (1 - p))))))
    return min(n, poisson(rnd, n * p)) if p < 0.5 else n - min(n, poisson(rnd, n * (1 - p)))


def worse(**changes: float) -> Harm:
    """Return a treatment that differs in these ways."""
    return replace(NONE, **changes)
