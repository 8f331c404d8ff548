"""Is a rate worse? Errors, slow answers: given that one happened, in which arm was it?

With n_T and n_C calls and the treatment R times as error-prone, an error is the treatment's
with the chance n_T R / (n_T R + n_C), whatever the rate itself is at that moment: so incidents
of the provider, which hit both arms, cancel. No burn-in is needed in the treatment.
"""

import math
from collections.abc import Sequence

from evaluation.domain.watch.estimate import Estimate
from evaluation.domain.watch.figures import Sums
from evaluation.domain.watch.guardrails import Guardrail
from evaluation.domain.watch.means import BURN_IN
from evaluation.domain.watch.normal import ln_e, ln_mean, rising, z_needed
from evaluation.domain.watch.pairs import Pair

TIMES = (1.3, 1.7, 2.5, 4.0, 8.0, 20.0, 60.0)  # how much worse than the tolerated ratio
LEAST_RATIO = 1e-3


def usable(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the segments that can tell: enough of control, any of the treatment."""
    return [p for p in pairs if p.control.n >= BURN_IN and p.treatment.n > 0]


def ln_e_ratio(pairs: Sequence[Pair], ratio: float) -> float:
    """Return the evidence that the treatment's rate is more than `ratio` times control's."""
    if not pairs:
        return 0.0
    return ln_mean([_ln_likelihood(pairs, ratio, ratio * times) for times in TIMES])


def _ln_likelihood(pairs: Sequence[Pair], null: float, ratio: float) -> float:
    """Return the logarithm of the likelihood ratio of `ratio` against `null`.

    ln theta(R) - ln theta(null) = ln(R / null) - D and ln(1 - theta) differ by -D, with
    D = ln((n_T R + n_C) / (n_T null + n_C)).
    """
    step, found = math.log(ratio / null), 0.0
    for control, treatment, effect in pairs:
        d = math.log((treatment.n * ratio + control.n) / (treatment.n * null + control.n))
        found += (treatment.total * step - (treatment.total + control.total) * d) / effect
    return found


def rates(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Return control's and the treatment's rate over all segments (weights of Mantel-Haenszel).

    The same weights in both arms, so that segments with other shares do not mix into the
    difference. One call at least in each arm of each segment.
    """
    weights = [p.control.n * p.treatment.n / (p.control.n + p.treatment.n) for p in pairs]
    everything = sum(weights)
    control = sum(w * p.control.mean for w, p in zip(weights, pairs, strict=True)) / everything
    treated = sum(w * p.treatment.mean for w, p in zip(weights, pairs, strict=True)) / everything
    return control, treated


def evidence(guardrail: Guardrail, pairs: Sequence[Pair]) -> float:
    """Return the logarithm of the e-value against the metric.

    Never above 0 while the difference is within the tolerance: three errors instead of one in
    a million calls are no reason to go back.
    """
    told = usable(pairs)
    if not told:
        return 0.0
    found = ln_e_ratio(told, guardrail.ratio)
    if found <= 0:
        return found
    control, treated = rates(told)
    return found if guardrail.worse * (treated - control) >= guardrail.tolerance else 0.0


def assurance(guardrail: Guardrail, pairs: Sequence[Pair]) -> float:
    """Return the logarithm of the e-value for the metric: harm is less than the margin.

    By the normal test of means, from the same number of calls on in the treatment as there.
    """
    told = usable(pairs)
    if sum(p.treatment.n for p in told) < BURN_IN:
        return 0.0
    difference, error = error_of(told)
    return ln_e((guardrail.margin - difference) / error, error, guardrail.tau)


def smoothed(sums: Sums) -> float:
    """Return the rate with half an event added, so that none so far is not never."""
    return (sums.total + 0.5) / (sums.n + 1)


def error_of(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Return the smoothed difference of the rates and its standard error over all segments."""
    precision = difference = 0.0
    for control, treatment, effect in pairs:
        p, q = smoothed(control), smoothed(treatment)
        error2 = effect * max(p * (1 - p), q * (1 - q)) * (1 / control.n + 1 / treatment.n)
        precision += 1 / error2
        difference += (q - p) / error2
    return difference / precision, 1 / math.sqrt(precision)


def estimate(
    guardrail: Guardrail, pairs: Sequence[Pair], *, to_fail: float, to_pass: float
) -> Estimate | None:
    """Return what the segments amount to; `to_fail`, `to_pass`: evidence needed, logarithms.

    `tolerance` is the ratio's part of it (the bound beyond it is the evidence); a difference
    below the guardrail's own tolerance never counts.
    """
    told = usable(pairs)
    if not told:
        return None
    control, treated = rates(told)
    difference, error = error_of(told)
    base = max(control, sum(smoothed(p.control) for p in told) / len(told))
    return Estimate(
        sum(p.control.n for p in told),
        sum(p.treatment.n for p in told),
        control,
        treated,
        treated - control,
        error,
        (guardrail.ratio - 1) * base,
        guardrail.margin,
        guardrail.tau,
        evidence(guardrail, told),
        assurance(guardrail, told),
        (_least_ratio(told, to_fail) - 1) * base,
        difference + z_needed(to_pass, error, guardrail.tau) * error,
        guardrail.margin - difference,
    )


def _least_ratio(pairs: Sequence[Pair], needed: float) -> float:
    """Return the ratio that the treatment's rate is above, surely and at all times."""
    control, treated = rates(pairs)
    likely = max(treated, LEAST_RATIO) / max(control, LEAST_RATIO)
    if ln_e_ratio(pairs, LEAST_RATIO) < needed:
        return LEAST_RATIO
    return math.exp(
        rising(
            lambda ln: needed - ln_e_ratio(pairs, math.exp(ln)),
            math.log(LEAST_RATIO),
            math.log(max(likely, 2 * LEAST_RATIO)),
        )
    )
