"""Quantiles of Student's t without a library."""

from math import pi, sqrt, tan
from statistics import NormalDist


def t_quantile(share: float, freedom: int) -> float:
    """Return t below which `share` (0.5 to 1) of the distribution lies, `freedom` at least 1.

    One and two degrees of freedom are exact, more are the Cornish-Fisher expansion around the
    normal quantile: for shares up to 0.975 off by less than 4e-3 at three degrees, and less
    than 1e-6 from nineteen on, where the gate begins to decide.
    """
    if freedom < 1:
        raise ValueError("Student's t needs at least one degree of freedom: two values.")
    if freedom == 1:
        return tan(pi * (share - 0.5))
    if freedom == 2:
        centred = 2 * share - 1
        return centred * sqrt(2 / (1 - centred**2))
    z = NormalDist().inv_cdf(share)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / float(freedom) ** power for power, term in enumerate(terms))
