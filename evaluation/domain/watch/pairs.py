"""Two arms at the same time, brought down to what the tests need."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from evaluation.domain.watch.figures import ArmFigures, Stratum, Sums
from evaluation.domain.watch.guardrails import Kind

SAME = 1e-12  # a variance below this part of the mean's square is rounding, not variance
NOTHING = Sums()


class Pair(NamedTuple):
    """The sums of both arms; `effect` is how many times larger the variance is by repeats."""

    control: Sums
    treatment: Sums
    effect: float


def variance_of(sums: Sums, kind: Kind) -> float:
    """Return the variance of one value; of a rate p (1 - p), which needs no squares."""
    if kind is Kind.RATE:
        return sums.mean * (1 - sums.mean)
    return 0.0 if sums.variance <= SAME * sums.mean**2 else sums.variance


def design_effect(arm: ArmFigures, kind: Kind) -> float | None:
    """Return how much repeats by the same units inflate the variance of the mean; 1 at least.

    Groups of units vary by V = G / (G - 1) * sum (sum_j - mean * n_j)^2 / n^2 where independent
    calls would by variance / n. None with fewer than two groups: then nobody can tell.
    """
    groups = [(n, total) for n, total in arm.shards.values() if n > 0]
    n = sum(n for n, _ in groups)
    if len(groups) < 2:
        return None
    alone = variance_of(arm.sums, kind) / arm.sums.n if arm.sums.n else 0.0
    if alone <= 0:
        return 1.0
    mean = sum(total for _, total in groups) / n
    between = sum((total - mean * size) ** 2 for size, total in groups) / n**2
    return max(1.0, len(groups) / (len(groups) - 1) * between / alone)


def pooled_effect(arms: Iterable[ArmFigures], kind: Kind) -> float | None:
    """Return the larger design effect; None if one of them is unknown."""
    effects = [design_effect(arm, kind) for arm in arms]
    known = [effect for effect in effects if effect is not None]
    return max(known) if known and len(known) == len(effects) else None


def whole(strata: Sequence[Stratum], kind: Kind) -> tuple[list[Pair], list[list[Pair]]]:
    """Return the pairs of all segments, and those of each restart that has begun.

    Restarts take the design effect of their whole segment: theirs alone would be guesswork.
    """
    effects = [pooled_effect((s.control, s.treatment), kind) for s in strata]
    told = [(s, e) for s, e in zip(strata, effects, strict=True) if e is not None]
    pairs = [Pair(s.control.sums, s.treatment.sums, effect) for s, effect in told]
    begun = max((len(a.since) for s in strata for a in (s.control, s.treatment)), default=0)
    since = [
        [Pair(at(s.control, j), at(s.treatment, j), effect) for s, effect in told]
        for j in range(begun)
    ]
    return pairs, since


def at(arm: ArmFigures, restart: int) -> Sums:
    """Return what came since a restart; nothing in a segment that was over by then."""
    return arm.since[restart] if restart < len(arm.since) else NOTHING


def total(pairs: Iterable[Pair]) -> tuple[int, int]:
    """Return how many values control and treatment have."""
    listed = list(pairs)
    return sum(p.control.n for p in listed), sum(p.treatment.n for p in listed)
