"""Latency and cost of the candidate against production's version, paired by case."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluation.domain.gate.compare import Pair
from evaluation.domain.gate.evidence import GateRules, Metric
from evaluation.domain.gate.paired import estimate
from evaluation.domain.gate.words import cases, figure


@dataclass(frozen=True)
class Ratio:
    """Candidate divided by production's version over `n` cases; None where unknown.

    `lower` and `upper` are the one-sided bounds of the ratio.
    """

    n: int
    value: float | None = None
    mean: float | None = None
    baseline_mean: float | None = None
    lower: float | None = None
    upper: float | None = None

    def metrics(self, name: str, unit: str, limit: float | None) -> dict[str, Metric]:
        """Return the ratio and the means behind it by name; none where they are unknown."""
        if self.mean is None:
            return {}
        ratio = Metric(self.n, self.value, lower=self.lower, upper=self.upper, limit=limit)
        return {unit: Metric(self.n, self.mean, baseline_mean=self.baseline_mean), name: ratio}


def latency_ratio(pairs: Sequence[Pair], alpha: float) -> Ratio:
    """Return the geometric mean of the paired ratios, exp(mean(log(candidate / baseline))).

    Few slow answers move it little, where a 95th percentile would block many unchanged
    prompts at 50 cases. Cases without both times are left out.
    """
    times = paired_times(pairs)
    found = estimate([math.log(ours / theirs) for ours, theirs in times], alpha)
    if found.mean is None:
        return Ratio(0)
    return Ratio(
        len(times),
        math.exp(found.mean),
        *_means(times),
        lower=None if found.lower is None else math.exp(found.lower),
        upper=None if found.upper is None else math.exp(found.upper),
    )


def paired_times(pairs: Sequence[Pair]) -> list[tuple[float, float]]:
    """Return the milliseconds of both versions, of each case where both are known."""
    return [
        (ours, theirs)
        for ours, theirs in _figures(pairs, "latency_ms")
        if ours is not None and theirs is not None and ours > 0 and theirs > 0
    ]


def cost_ratio(pairs: Sequence[Pair]) -> Ratio:
    """Return mean cost divided by mean cost; unknown as soon as one price is unknown."""
    costs = _figures(pairs, "cost")
    known = [(ours, theirs) for ours, theirs in costs if ours is not None and theirs is not None]
    if not known or len(known) < len(costs):
        return Ratio(len(known))
    ours_mean, theirs_mean = _means(known)
    value = ours_mean / theirs_mean if theirs_mean > 0 else None
    return Ratio(len(known), value, ours_mean, theirs_mean)


def too_slow(ratio: Ratio, rules: GateRules) -> Iterator[str]:
    """Yield the sentence that blocks, if answers take too long."""
    limit = rules.max_latency_ratio
    if limit is None or ratio.value is None or ratio.n < rules.min_latency_cases:
        return
    if ratio.value > limit:
        yield (
            f"Answers take {figure(ratio.value, limit)} times as long as with production's version "
            f"({cases(ratio.n)} compared); at most {figure(limit)} times is allowed."
        )


def too_dear(ratio: Ratio, rules: GateRules) -> Iterator[str]:
    """Yield the sentence that blocks, if answers cost too much."""
    limit = rules.max_cost_ratio
    if limit is None or ratio.mean is None:
        return
    if ratio.value is None and ratio.mean > 0:
        yield "Answers cost money now; with production's version they were free."
    elif ratio.value is not None and ratio.value > limit:
        yield (
            f"Answers cost {figure(ratio.value, limit)} times as much as with production's "
            f"version; at most {figure(limit)} times is allowed."
        )


def not_compared(latency: Ratio, cost: Ratio, rules: GateRules) -> Iterator[str]:
    """Yield a sentence for each ratio that was asked for and could not be looked at."""
    if rules.max_latency_ratio is not None and latency.n < rules.min_latency_cases:
        yield (
            f"Latency could be compared on {cases(latency.n)}; {rules.min_latency_cases} are "
            "needed, so it did not count."
        )
    if rules.max_cost_ratio is not None and cost.mean is None:
        yield "The cost is not known for every answer, so it was not compared."


def _figures(pairs: Sequence[Pair], name: str) -> list[tuple[float | None, float | None]]:
    return [
        (getattr(pair.candidate, name), getattr(pair.baseline, name))
        for pair in pairs
        if pair.baseline and not pair.trouble
    ]


def _means(figures: Sequence[tuple[float, float]]) -> tuple[float, float]:
    ours, theirs = zip(*figures, strict=True)
    return math.fsum(ours) / len(ours), math.fsum(theirs) / len(theirs)
