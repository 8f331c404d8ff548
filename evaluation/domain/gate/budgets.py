"""The slow tail of latency, and what answers may take and cost by themselves.

A 95th percentile jumps about: of two equal versions it blocks one in seven at 50 cases. So it
is compared with production's only from 200 on. An absolute limit was asked for by somebody:
what cannot be measured is then no pass.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, fsum

from evaluation.domain.gate.compare import Pair
from evaluation.domain.gate.evidence import GateRules, Metric
from evaluation.domain.gate.ratios import Ratio, paired_times
from evaluation.domain.gate.words import cases, figure


@dataclass(frozen=True)
class Tail:
    """The 95th percentiles in milliseconds over the `n` cases that both versions have times for.

    `own` is the candidate's over all its `measured` answers.
    """

    n: int
    ours: float | None
    theirs: float | None
    measured: int
    own: float | None

    @property
    def ratio(self) -> float | None:
        """Candidate divided by production's version; None where unknown."""
        return self.ours / self.theirs if self.ours and self.theirs else None

    def metrics(self, rules: GateRules) -> dict[str, Metric]:
        """Return the figures that are known."""
        found = {}
        if self.own is not None:
            found["latency_p95_ms"] = Metric(
                self.measured, self.own, baseline_mean=self.theirs, limit=rules.max_p95_ms
            )
        if self.ratio is not None:
            limit = rules.max_p95_ratio if self.n >= rules.min_p95_cases else None
            found["p95_ratio"] = Metric(self.n, self.ratio, limit=limit)
        return found


def tail_of(pairs: Sequence[Pair]) -> Tail:
    """Measure the slow end of both versions."""
    times = paired_times(pairs)
    own = [arm.latency_ms for pair in pairs if (arm := pair.candidate).latency_ms is not None]
    return Tail(
        n=len(times),
        ours=p95([ours for ours, _ in times]),
        theirs=p95([theirs for _, theirs in times]),
        measured=len(own),
        own=p95(own),
    )


def p95(values: Sequence[float]) -> float | None:
    """Return the 95th percentile by nearest rank: the least value that 95 % do not exceed."""
    return sorted(values)[ceil(0.95 * len(values) - 1e-9) - 1] if values else None


def slow_tail(tail: Tail, rules: GateRules) -> Iterator[str]:
    """Yield the sentences that block, if the slowest twentieth is too slow."""
    limit, ratio = rules.max_p95_ratio, tail.ratio
    if limit is not None and ratio is not None and tail.n >= rules.min_p95_cases and ratio > limit:
        yield (
            f"The slowest twentieth of the answers takes {figure(ratio, limit)} times as long as "
            f"with production's version ({cases(tail.n)} compared); at most {figure(limit)} times "
            "is allowed."
        )
    if rules.max_p95_ms is not None and tail.own is not None and tail.own > rules.max_p95_ms:
        yield (
            f"The slowest twentieth of the answers takes {tail.own:,.0f} ms or more; at most "
            f"{rules.max_p95_ms:,.0f} ms is allowed."
        )


def mean_cost(pairs: Sequence[Pair]) -> float | None:
    """Return the mean cost of the candidate's answers in US dollars; unknown as soon as one is."""
    costs = [pair.candidate.cost for pair in pairs if not pair.candidate.error]
    known = [cost for cost in costs if cost is not None]
    return fsum(known) / len(known) if known and len(known) == len(costs) else None


def cost_metric(
    pairs: Sequence[Pair], compared: Ratio, mean: float | None, rules: GateRules
) -> dict[str, Metric]:
    """Return the mean cost beside its limit, over the cases compared or else over all answers."""
    if compared.mean is not None:
        n, mean, theirs = compared.n, compared.mean, compared.baseline_mean
    else:
        n, theirs = sum(not pair.candidate.error for pair in pairs), None
    if mean is None:
        return {}
    return {"cost": Metric(n, mean, baseline_mean=theirs, limit=rules.max_mean_cost)}


def over_cost(mean: float | None, rules: GateRules) -> Iterator[str]:
    """Yield the sentence that blocks, if an answer costs more than it may."""
    limit = rules.max_mean_cost
    if limit is not None and mean is not None and mean > limit:
        yield f"An answer costs ${mean:.6f} on average; at most ${limit:.6f} is allowed."


def not_measured(tail: Tail, cost: float | None, rules: GateRules) -> Iterator[str]:
    """Yield a sentence for each absolute limit that nothing could be held to."""
    if rules.max_p95_ms is not None and tail.own is None:
        yield (
            "No answer came at the first attempt, so its time says nothing and the limit of "
            f"{rules.max_p95_ms:,.0f} ms could not be looked at. A reviewer can decide without it."
        )
    if rules.max_mean_cost is not None and cost is None:
        yield (
            "The cost is not known for every answer, so the limit of "
            f"${rules.max_mean_cost:.6f} could not be looked at. Give the connection a price for "
            "this model, or take the limit away."
        )
