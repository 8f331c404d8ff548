"""How other rules would roll back: they do not reckon with how often they look."""

import math
import random

from evaluation.domain.watch.figures import Sums
from tests.benchmarks.rollout_world import GUARDRAILS, MARK_SD, World, binomial, poisson

COMPARED = GUARDRAILS[:3]  # quality, errors, latency
RULES = ("z-test p < .01 at each look", "  Bonferroni over 3 metrics", "GrowthBook-like CS")
Z_01, Z_0033 = 2.326, 2.713
ALPHA, TUNED_FOR = 0.05, 5000  # of the confidence sequence of GrowthBook
FLAGGER = "Flagger-like, 1 min, 10 failures"


def fires(pairs: dict[str, tuple[Sums, Sums]]) -> set[str]:
    """Return which rules would roll back on the sums of all segments pooled."""
    found = set()
    for guardrail in COMPARED:
        control, treatment = pairs[guardrail.metric]
        if min(control.n, treatment.n) < 20:
            continue
        harm = guardrail.worse * (treatment.mean - control.mean)
        variance = [_variance(control), _variance(treatment)]
        error = math.sqrt(variance[0] / control.n + variance[1] / treatment.n)
        if error <= 0:
            continue
        z = harm / error
        found |= {RULES[0]} if z > Z_01 else set()
        found |= {RULES[1]} if z > Z_0033 else set()
        if harm > error * _sequence(control.n + treatment.n):
            found.add(RULES[2])
    return found


def _variance(sums: Sums) -> float:
    return sums.mean * (1 - sums.mean) if not sums.squares else sums.variance


def _sequence(n: int) -> float:
    """Return the half-width in standard errors (Waudby-Smith et al. 2021, equation 9)."""
    ln = -2 * math.log(ALPHA)
    rho2 = (ln + math.log(ln + 1)) / TUNED_FOR
    scaled = n * rho2
    return math.sqrt((scaled + 1) / scaled * math.log((scaled + 1) / ALPHA**2))


def flagger(world: World, hours: float, seed: int) -> bool:
    """Return whether ten minutes of the canary look bad by themselves, silence being bad too."""
    rnd, failed = random.Random(seed), 0
    for _ in range(int(hours * 60)):
        n = poisson(rnd, world.rate * 0.05 / 60)
        bad = not n or binomial(rnd, n, 0.01) > 0.02 * n
        bad = bad or rnd.gauss(0.80, MARK_SD / math.sqrt(n)) < 0.77
        failed += bad
        if failed >= 10:
            return True
    return False
