"""E-values of a normal estimate: evidence that may be looked at as often as one likes.

An e-value's expectation is at most 1 if there is no harm, at every moment and however often it
is looked at; so it ever reaches 1 / alpha with a chance of at most alpha (Ville). Here the harm
is mixed over a half-normal prior of scale `tau` (Robbins; Howard et al. 2021, one-sided normal
mixture): no horizon is fixed, and roll-ups are enough. All of it in natural logarithms.
"""

import math
from collections.abc import Callable, Sequence

STEPS = 40  # of a bisection: 10,000 standard errors down to a hundred millionth of one


def ln_phi(x: float) -> float:
    """Return the logarithm of the standard normal distribution at `x`, also far in the tail."""
    if x < -30:  # erfc comes near the least float: the first term of the asymptotic series
        return -x * x / 2 - math.log(-x) - math.log(2 * math.pi) / 2
    return math.log(math.erfc(-x / math.sqrt(2)) / 2)


def ln_e(z: float, error: float, tau: float) -> float:
    """Return the evidence for harm: `z` is harm over its standard `error`, both beyond zero."""
    r = (tau / error) ** 2
    c = r / (1 + r)
    return math.log(2) - math.log1p(r) / 2 + z * z * c / 2 + ln_phi(z * math.sqrt(c))


def ln_e_two_sided(z: float, error: float, tau: float) -> float:
    """Return the evidence for a difference in either direction."""
    r = (tau / error) ** 2
    return -math.log1p(r) / 2 + z * z * r / (1 + r) / 2


def z_needed(
    needed: float,
    error: float,
    tau: float,
    evidence: Callable[[float, float, float], float] = ln_e,
) -> float:
    """Return the least z with `needed` evidence: the bound of harm is so many errors away."""
    return rising(lambda z: evidence(z, error, tau) - needed, 0.0, 1e4)


def rising(function: Callable[[float], float], low: float, high: float) -> float:
    """Return by bisection where a rising function crosses zero between `low` and `high`."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        if function(middle) < 0:
            low = middle
        else:
            high = middle
    return high


def ln_mean(values: Sequence[float]) -> float:
    """Return the logarithm of the mean of exp(value); one value at least."""
    top = max(values)
    return top + math.log(math.fsum(math.exp(v - top) for v in values) / len(values))


def over_restarts(whole: float, since: Sequence[float], planned: int) -> float:
    """Return the evidence that also finds harm which begins late.

    E = E_0 / 2 + (the mean of E_j over the `planned` restarts) / 2, where E_j knows only what
    came after restart j and is 1 before: still an e-value, since a mean of them is one.
    """
    if not planned and not since:
        return whole
    ahead = [0.0] * (planned - len(since))
    return ln_mean((whole, ln_mean([*since, *ahead])))
