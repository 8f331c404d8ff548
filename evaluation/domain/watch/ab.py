"""Two versions side by side with no question which is the new one: better, worse or the same."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from evaluation.domain.watch import means, rates
from evaluation.domain.watch.answer import MetricAnswer
from evaluation.domain.watch.figures import Figures
from evaluation.domain.watch.guardrails import Guardrail, Kind
from evaluation.domain.watch.metric import cut
from evaluation.domain.watch.normal import ln_e_two_sided, z_needed
from evaluation.domain.watch.pairs import Pair, total, whole
from evaluation.domain.watch.ratio import RatioFound, sample_ratio
from evaluation.domain.watch.words import called, calls, listed, percent, subject, told_apart

BETTER, WORSE, SAME = "better", "worse", "same"


@dataclass(frozen=True)
class Comparison:
    """What an A/B test shows so far; true at all times, however often it is looked at.

    Each metric `says` whether the treatment is better, worse or the same so far; its `harm` lies
    between `low` and `high`. `warning` is why the figures should not be trusted; empty if none.
    """

    headline: str
    reasons: tuple[str, ...]
    metrics: tuple[MetricAnswer, ...] = ()
    warning: str = ""
    ratio: float | None = None
    ratio_wanted: float | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON form: finite numbers only."""
        return {**asdict(self), "reasons": list(self.reasons)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read the JSON form; what a later release added is left out."""
        known = {k: v for k, v in document.items() if k in cls.__dataclass_fields__}
        known["reasons"] = tuple(known["reasons"])
        known["metrics"] = tuple(MetricAnswer.from_document(m) for m in known.get("metrics", ()))
        return cls(**known)


def compare(
    guardrails: Sequence[Guardrail], figures: Figures, *, alpha: float, now: datetime
) -> Comparison:
    """Return how the treatment compares; `alpha` (split by weight): of a false word."""
    del now  # the sums say all; the clock stays an argument as in the other answers
    weights = sum(guardrail.weight for guardrail in guardrails)
    metrics = []
    for guardrail in guardrails:
        pairs, _ = whole(figures.strata.get(guardrail.metric, ()), guardrail.kind)
        needed = math.log(weights / (alpha * guardrail.weight))
        metrics.append(_metric(guardrail, pairs, needed))
    told = list(zip(guardrails, metrics, strict=True))
    ratio = sample_ratio(figures.ratio[-1]) if figures.ratio else None
    return Comparison(
        _headline(told),
        tuple(_reason(guardrail, metric) for guardrail, metric in told),
        tuple(metrics),
        _warning(ratio),
        ratio.share if ratio else None,
        ratio.wanted if ratio and ratio.calls else None,
    )


def _metric(guardrail: Guardrail, pairs: Sequence[Pair], needed: float) -> MetricAnswer:
    found = _difference(guardrail, pairs)
    n_control, n_treatment = total(pairs)
    control, treatment, harm, error, tau = found or (0.0, 0.0, None, 1.0, guardrail.tau)
    away = z_needed(needed, error, tau, ln_e_two_sided) * error
    low, high = (None, None) if harm is None else (harm - away, harm + away)
    scale = means.scale_of(control, treatment)
    return MetricAnswer(
        metric=guardrail.metric,
        unit=guardrail.unit.value,
        required=guardrail.required,
        says=_says(low, high),
        n_control=n_control,
        n_treatment=n_treatment,
        control=control,
        treatment=treatment,
        harm=harm,
        low=low,
        high=high,
        tolerance=guardrail.tolerance + guardrail.tolerance_share * scale,
        margin=guardrail.margin + guardrail.margin_share * scale,
        evidence=0.0 if harm is None else cut(ln_e_two_sided(harm / error, error, tau)),
        needed=needed,
        assurance=0.0,
        assurance_needed=0.0,
    )


def _difference(
    guardrail: Guardrail, pairs: Sequence[Pair]
) -> tuple[float, float, float, float, float] | None:
    """Return control, treatment, harm, its standard error and the scale of what to expect."""
    if guardrail.kind is Kind.RATE:
        told = [p for p in pairs if min(p.control.n, p.treatment.n) >= means.BURN_IN]
        if not told:
            return None
        difference, error = rates.error_of(told)
        return *rates.rates(told), difference, error, guardrail.tau
    found = means.mean_of(guardrail, pairs, means.Bar(0, 0))
    if found is None:
        return None
    tau = means.tau_of(guardrail, found)
    return found.control, found.treatment, found.beyond, found.error, tau


def _says(low: float | None, high: float | None) -> str:
    if low is not None and low > 0:
        return WORSE
    return BETTER if high is not None and high < 0 else SAME


def _headline(told: Sequence[tuple[Guardrail, MetricAnswer]]) -> str:
    named = {
        says: listed([called(g) for g, metric in told if metric.says == says])
        for says in (BETTER, WORSE)
    }
    said = [f"{says} in {names}" for says, names in named.items() if names]
    if not said:
        return "No difference so far."
    rest = "" if all(m.says != SAME for _, m in told) else "; the rest is the same so far"
    return f"The treatment is {' and '.join(said)}{rest}."


def _reason(guardrail: Guardrail, metric: MetricAnswer) -> str:
    if metric.harm is None:
        return (
            f"{subject(guardrail)}: {calls(metric.n_treatment)} of the treatment and "
            f"{metric.n_control:,} of control; {means.BURN_IN} of each is the least."
        )
    before, after = told_apart(guardrail.unit, metric.control, metric.treatment)
    said = f"{subject(guardrail)}: {after} beside {before}"
    if metric.says != SAME:
        return f"{said}, {metric.says}."
    assert metric.low is not None
    assert metric.high is not None
    if max(-metric.low, metric.high) < metric.margin:
        return f"{said}, no difference that matters."
    return f"{said}, which may be chance."


def _warning(ratio: RatioFound | None) -> str:
    if ratio is None or not ratio.is_off or ratio.share is None:
        return ""
    return (
        f"The treatment has {percent(ratio.share / 100)} of the calls instead of "
        f"{percent(ratio.wanted / 100)}: reports get lost, so the two cannot be compared."
    )
