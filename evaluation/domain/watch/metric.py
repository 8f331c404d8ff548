"""One metric over all segments and restarts, as it is told and stored."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

from evaluation.domain.watch import means, rates
from evaluation.domain.watch.answer import MetricAnswer, Says
from evaluation.domain.watch.estimate import Estimate
from evaluation.domain.watch.figures import Stratum, Sums
from evaluation.domain.watch.guardrails import Guardrail, Kind
from evaluation.domain.watch.normal import ln_e, over_restarts, rising
from evaluation.domain.watch.pairs import Pair, total, whole

FAR = 1e6  # logarithms of e-values are cut here: JSON has no infinity
TOO_LONG = 1e4  # so many times the calls until now: no forecast


@dataclass(frozen=True)
class Levels:
    """How much evidence decides a metric, in logarithms: 1 / its part of alpha."""

    to_fail: float
    to_pass: float
    planned: int

    @property
    def whole(self) -> float:
        """What the evidence since the beginning needs alone: half of its weight is restarts'."""
        return self.to_fail + (math.log(2) if self.planned else 0)


@dataclass(frozen=True)
class Weighed:
    """A metric's answer; `recent` is what came since the restart that decided, if one did."""

    guardrail: Guardrail
    answer: MetricAnswer
    estimate: Estimate | None
    recent: Estimate | None = None


def levels(
    guardrails: Sequence[Guardrail], alpha: float, alpha_pass: float, planned: int
) -> dict[str, Levels]:
    """Return what decides each metric: alpha is split by weight, alpha_pass is each one's."""
    weights = sum(guardrail.weight for guardrail in guardrails)
    return {
        g.metric: Levels(math.log(weights / (alpha * g.weight)), -math.log(alpha_pass), planned)
        for g in guardrails
    }


def weigh(
    guardrail: Guardrail, strata: Sequence[Stratum], level: Levels, calls: int = 0
) -> Weighed:
    """Return what live figures of one metric say, both arms at the same time.

    `calls` are the treatment's, of which only a part may have a value.
    """
    pairs, since = whole(strata, guardrail.kind)
    weighed = weigh_pairs(guardrail, pairs, since, level)
    control = sum((s.control.sums for s in strata), Sums())
    treatment = sum((s.treatment.sums for s in strata), Sums())
    answer = replace(weighed.answer, n_control=control.n, n_treatment=treatment.n)
    if weighed.estimate is None:
        answer = replace(answer, control=control.mean, treatment=treatment.mean)
    if answer.calls_left is not None and calls > treatment.n:
        answer = replace(answer, calls_left=math.ceil(answer.calls_left * calls / treatment.n))
    return replace(weighed, answer=answer)


def weigh_pairs(
    guardrail: Guardrail, pairs: Sequence[Pair], since: Sequence[Sequence[Pair]], level: Levels
) -> Weighed:
    """Return what pairs say: of the whole time, and since each restart."""
    test = test_of(guardrail)
    found = test.estimate(guardrail, pairs, to_fail=level.whole, to_pass=level.to_pass)
    late = [test.evidence(guardrail, later) for later in since]
    early = found.evidence if found else 0.0
    evidence = over_restarts(early, late, level.planned)
    says = Says.UNDECIDED
    if evidence >= level.to_fail:
        says = Says.FAIL
    elif found and found.assurance >= level.to_pass:
        says = Says.PASS
    recent = None
    if says is Says.FAIL and late and max(late) > early:
        recent = test.estimate(
            guardrail, since[late.index(max(late))], to_fail=level.whole, to_pass=level.to_pass
        )
    return Weighed(guardrail, _told(guardrail, pairs, says, evidence, level, found), found, recent)


def test_of(guardrail: Guardrail) -> ModuleType:
    """Return the module whose `evidence`, `assurance` and `estimate` suit the metric."""
    return rates if guardrail.kind is Kind.RATE else means


def _told(
    guardrail: Guardrail,
    pairs: Sequence[Pair],
    says: Says,
    evidence: float,
    level: Levels,
    found: Estimate | None,
) -> MetricAnswer:
    n_control, n_treatment = total(pairs)
    return MetricAnswer(
        metric=guardrail.metric,
        unit=guardrail.unit.value,
        required=guardrail.required,
        says=says.value,
        n_control=n_control,
        n_treatment=n_treatment,
        control=found.control if found else _mean([p.control for p in pairs]),
        treatment=found.treatment if found else _mean([p.treatment for p in pairs]),
        harm=found.harm if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        tolerance=found.tolerance if found else guardrail.tolerance,
        margin=found.margin if found else guardrail.margin,
        evidence=cut(evidence),
        needed=level.to_fail,
        assurance=cut(found.assurance) if found else 0.0,
        assurance_needed=level.to_pass,
        calls_left=values_left(found, level) if says is Says.UNDECIDED and found else None,
    )


def _mean(sums: Iterable[Sums]) -> float:
    return sum(sums, Sums()).mean


def cut(value: float) -> float:
    """Return a logarithm that JSON can hold."""
    return max(-FAR, min(FAR, value))


def values_left(found: Estimate, level: Levels) -> int | None:
    """Return about how many more of the treatment's values a PASS takes if it stays so.

    A treatment that looks better so far is taken for equal: luck does not last. None if it
    looks worse than the margin, or so close to it that it would take very long.
    """
    now = found.margin - max(found.harm, 0.0)
    caution = found.margin - found.harm - found.room  # half an event added: fades with calls
    if now <= 0 or found.error <= 0:
        return None

    def short(times: float) -> float:
        error = found.error / math.sqrt(times)
        return ln_e((now - caution / times) / error, error, found.tau) - level.to_pass

    if short(TOO_LONG) < 0:
        return None
    times = rising(short, 1.0, TOO_LONG)
    return max(1, math.ceil(found.n_treatment * (times - 1)))
