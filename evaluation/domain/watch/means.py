"""Is a mean worse? A score, the logarithm of a latency, tokens, dollars."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from evaluation.domain.watch.estimate import Estimate
from evaluation.domain.watch.guardrails import Guardrail, Kind
from evaluation.domain.watch.normal import ln_e, z_needed
from evaluation.domain.watch.pairs import Pair, variance_of

BURN_IN = 20  # values per arm before its mean may be taken for normal
LEAST = 1e-9  # standard deviation where nothing varies and no floor is set


class Bar(NamedTuple):
    """How much harm is none: an absolute part, and a share of control's mean."""

    absolute: float
    share: float


class Term(NamedTuple):
    """One segment: how far harm is beyond a bar, and how precisely that is known."""

    beyond: float
    precision: float
    bar: float
    control: float
    treatment: float


class Mean(NamedTuple):
    """All segments: weighted by precision."""

    beyond: float
    error: float
    bar: float
    control: float
    treatment: float

    @property
    def z(self) -> float:
        """How many standard errors harm is beyond the bar."""
        return self.beyond / self.error


def combine(terms: Sequence[Term]) -> Mean | None:
    """Return the mean over segments, each weighted by its precision; None of nothing."""
    precision = math.fsum(t.precision for t in terms)
    if not precision:
        return None

    def mean(values: Sequence[float]) -> float:
        weighed = (v * t.precision for v, t in zip(values, terms, strict=True))
        return math.fsum(weighed) / precision

    return Mean(
        mean([t.beyond for t in terms]),
        1 / math.sqrt(precision),
        mean([t.bar for t in terms]),
        mean([t.control for t in terms]),
        mean([t.treatment for t in terms]),
    )


def term(guardrail: Guardrail, pair: Pair, bar: Bar) -> Term | None:
    """Return one segment's term; None before the burn-in.

    Both arms take the larger of their variances: the smaller sample alone shows too little of
    it where good or bad values are rare, and would then decide falsely.
    """
    if min(pair.control.n, pair.treatment.n) < BURN_IN:
        return None
    control, treatment = pair.control.mean, pair.treatment.mean
    scale = scale_of(control, treatment)
    k = 1 + guardrail.worse * bar.share
    floor = guardrail.floor * (scale if guardrail.in_means else 1) or LEAST
    variance = max(
        variance_of(pair.treatment, Kind.MEAN),
        k**2 * variance_of(pair.control, Kind.MEAN),
        floor**2,
    )
    error2 = pair.effect * variance * (1 / pair.treatment.n + 1 / pair.control.n)
    allowed = bar.absolute + bar.share * (scale if control or not treatment else 0)
    return Term(
        guardrail.worse * (treatment - control) - allowed, 1 / error2, allowed, control, treatment
    )


def scale_of(control: float, treatment: float) -> float:
    """Return what shares are of: control's mean, or what stands in where that is zero."""
    return abs(control) or abs(treatment) or 1.0


def mean_of(guardrail: Guardrail, pairs: Sequence[Pair], bar: Bar) -> Mean | None:
    """Return how far harm is beyond the bar over all segments; None before the burn-in."""
    terms = (term(guardrail, pair, bar) for pair in pairs)
    return combine([t for t in terms if t is not None])


def tau_of(guardrail: Guardrail, found: Mean) -> float:
    """Return the scale of the harm to expect, in the metric's unit."""
    scale = scale_of(found.control, found.treatment) if guardrail.in_means else 1
    return guardrail.tau * scale


def evidence(guardrail: Guardrail, pairs: Sequence[Pair]) -> float:
    """Return the logarithm of the e-value against the metric: 0 before the burn-in."""
    found = mean_of(guardrail, pairs, tolerance_of(guardrail))
    return 0.0 if found is None else ln_e(found.z, found.error, tau_of(guardrail, found))


def assurance(guardrail: Guardrail, pairs: Sequence[Pair]) -> float:
    """Return the logarithm of the e-value for the metric: harm is less than the margin."""
    safe = mean_of(guardrail, pairs, margin_of(guardrail))
    return 0.0 if safe is None else ln_e(-safe.z, safe.error, tau_of(guardrail, safe))


def tolerance_of(guardrail: Guardrail) -> Bar:
    """Return harm up to which there is none."""
    return Bar(guardrail.tolerance, guardrail.tolerance_share)


def margin_of(guardrail: Guardrail) -> Bar:
    """Return harm from which nothing passes."""
    return Bar(guardrail.margin, guardrail.margin_share)


def estimate(
    guardrail: Guardrail, pairs: Sequence[Pair], *, to_fail: float, to_pass: float
) -> Estimate | None:
    """Return what the segments amount to; `to_fail`, `to_pass`: evidence needed, logarithms."""
    found = mean_of(guardrail, pairs, tolerance_of(guardrail))
    safe = mean_of(guardrail, pairs, margin_of(guardrail))
    if found is None or safe is None:
        return None
    tau = tau_of(guardrail, found)
    harm = found.beyond + found.bar
    told = [pair for pair in pairs if min(pair.control.n, pair.treatment.n) >= BURN_IN]
    return Estimate(
        sum(pair.control.n for pair in told),
        sum(pair.treatment.n for pair in told),
        found.control,
        found.treatment,
        harm,
        found.error,
        found.bar,
        safe.bar,
        tau,
        ln_e(found.z, found.error, tau),
        ln_e(-safe.z, safe.error, tau),
        harm - z_needed(to_fail, found.error, tau) * found.error,
        safe.beyond + safe.bar + z_needed(to_pass, safe.error, tau) * safe.error,
        -safe.beyond,
    )
