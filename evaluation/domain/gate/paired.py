"""What paired differences say: their mean, and between which bounds the true one lies.

The interval is Student's, as sound as a bootstrap here and the same on every run. It speaks
of what the cases show: a disaster on one case in a hundred is the business of fixed rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

from evaluation.domain.gate.student import t_quantile

STEPS = 60  # halvings: as exact as a float


@dataclass(frozen=True)
class Estimate:
    """Over `n` units: the mean, the standard deviation, and the one-sided bounds of the mean.

    Fewer than two units have neither deviation nor bounds, none have no mean either.
    """

    n: int
    mean: float | None = None
    sd: float | None = None
    lower: float | None = None
    upper: float | None = None


def estimate(values: Sequence[float], alpha: float) -> Estimate:
    """Return mean and bounds, each of them wrong in a share of `alpha` of all samples at most.

    The lower bound is the best that holds with large gains cut down, since in the plain one a
    single case that got much better widens the interval so far that it blocks: a better answer
    must never do that.
    """
    n = len(values)
    if n < 2:
        return Estimate(n, mean=values[0] if values else None)
    mean, sd = spread(values)
    t = t_quantile(1 - alpha, n - 1)
    low_mean, low_sd = spread(_cut(values, (n - 1) / (t * sqrt(n))))
    return Estimate(
        n, mean, sd, lower=low_mean - t * low_sd / sqrt(n), upper=mean + t * sd / sqrt(n)
    )


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard deviation (n - 1), the same in whatever order."""
    mean = fsum(values) / len(values)
    return mean, sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _cut(values: Sequence[float], reach: float) -> Sequence[float]:
    """Return the values, none above mean + reach * deviation of what is returned.

    Beyond that a higher value lowers the bound. The bound is concave in the values, so there
    is one best cut, and halving the range finds it.
    """
    if not _beyond(values, max(values), reach):
        return values
    low, high = min(values), max(values)
    for _ in range(STEPS):
        cap = (low + high) / 2
        if _beyond([min(value, cap) for value in values], cap, reach):
            high = cap
        else:
            low = cap
    return [min(value, low) for value in values]


def _beyond(values: Sequence[float], value: float, reach: float) -> bool:
    mean, sd = spread(values)
    return value > mean + reach * sd
