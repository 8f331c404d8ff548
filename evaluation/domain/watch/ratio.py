"""Do the arms get the calls they should? A lost report never rolls back, it holds."""

import math
from dataclasses import dataclass

from evaluation.domain.watch.figures import SHARDS, Ratio

SUSPICIOUS = math.log(1000)
PRIOR = 200  # calls' worth of belief in the share wanted
LEAST_CALLS, LEAST_SHARDS = 50, 20


@dataclass(frozen=True)
class RatioFound:
    """Shares in per cent; None without calls. `evidence`: logarithm, 0 while it cannot tell."""

    calls: int
    share: float | None
    wanted: float
    evidence: float

    @property
    def is_off(self) -> bool:
        """Is it all but impossible that this is chance?"""
        return self.evidence > SUSPICIOUS


def sample_ratio(ratio: Ratio) -> RatioFound:
    """Return whether the treatment's share of the calls is the one wanted.

    Beta-binomial e-value with the calls divided by their design effect: calls of one unit come
    together. It asks for 50 calls over 20 groups of units, and 20 groups in the treatment unless
    it has no call at all: with fewer units the share is a matter of luck.
    """
    groups = [(n, x) for n, x in ratio.shards.values() if n > 0]
    n, x, p = sum(n for n, _ in groups), sum(x for _, x in groups), ratio.percent / 100
    if not n:
        return RatioFound(0, None, ratio.percent, 0.0)
    treated = sum(1 for _, x in groups if x > 0)
    found = RatioFound(n, 100 * x / n, ratio.percent, 0.0)
    if not 0 < p < 1 or n < LEAST_CALLS or len(groups) < LEAST_SHARDS:
        return found
    if 0 < treated < LEAST_SHARDS:
        return found
    effect = _effect(groups, n, x, p)
    return RatioFound(n, found.share, ratio.percent, ln_e_ratio(n / effect, x / effect, p))


def ln_e_ratio(n: float, x: float, p: float) -> float:
    """Return the evidence that `x` of `n` calls are not a share `p` of them."""
    a, b = PRIOR * p, PRIOR * (1 - p)
    return _ln_beta(a + x, b + n - x) - _ln_beta(a, b) - x * math.log(p) - (n - x) * math.log1p(-p)


def _effect(groups: list[tuple[int, int]], n: int, x: int, p: float) -> float:
    """Return how many calls come together: the larger of two estimates, 1 at least.

    Units fall into the 64 groups by chance, so the groups' sizes tell how much the units' differ
    (the sum of their squares), also of heavy units that happen to be in control; how shares
    differ between groups tells what is left.
    """
    share, count = x / n, len(groups)
    between = sum((mine - share * size) ** 2 for size, mine in groups)
    shares = count / (count - 1) * between / (n * p * (1 - p))
    uneven = sum(size**2 for size, _ in groups) - n**2 / SHARDS
    return max(1.0, shares, SHARDS / (SHARDS - 1) * uneven / n)


def _ln_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
