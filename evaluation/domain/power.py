"""How small a drop a gate can tell from none, and how many cases that takes.

Differences of paired scores are taken as normal with standard deviation `sd`; a gate decides
at `alpha`, one-sided, and should say "as good" of an equal version with probability `power`.
Repeated answers on a second look make it somewhat better than these figures say.
"""

from math import ceil, sqrt
from statistics import NormalDist

ALPHA = 0.03
POWER = 0.8
LEAST_CASES = 20
PRIOR_SD = 0.154  # of judge scores in fifths, where no run has measured it
PRIOR_SPAN = 0.8  # of that scale: 0.2 to 1


def prior_sd(worst: float = 0.2, best: float = 1.0) -> float:
    """Return the noise to assume for a judge nobody has measured, on a scale worst to best."""
    return PRIOR_SD * (best - worst) / PRIOR_SPAN


def detectable_drop(
    cases: int, sd: float | None = None, *, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """Return the smallest drop, in units of the score, that so many cases can tell from none.

    That is also the smallest margin with which an equal version passes with that power. None
    for fewer cases than a gate decides on. `sd` None: the prior one.
    """
    if cases < LEAST_CASES:
        return None
    return _distance(alpha, power) * _known(sd) / sqrt(cases)


def cases_needed(
    margin: float, sd: float | None = None, *, alpha: float = ALPHA, power: float = POWER
) -> int:
    """Return how many cases let an equal version pass with that power: (z_a + z_b)² sd² / margin².

    Never less than a gate needs at all. Raises ValueError for a margin that is not above 0.
    """
    if not margin > 0:
        raise ValueError("The margin is 0 or less: no number of cases suffices. Give one above 0.")
    needed = (_distance(alpha, power) * _known(sd) / margin) ** 2
    return max(LEAST_CASES, ceil(needed - 1e-9))


def _distance(alpha: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha) + normal.inv_cdf(power)


def _known(sd: float | None) -> float:
    return PRIOR_SD if sd is None else sd
