"""A candidate's scores beside those of one other version: as good, worse, or not to be told."""

from dataclasses import dataclass

from evaluation.domain.gate.evidence import GateOutcome, Metric
from evaluation.domain.gate.paired import Estimate
from evaluation.domain.gate.scores import TINY

FAIL, INCONCLUSIVE, PASS = GateOutcome.FAIL, GateOutcome.INCONCLUSIVE, GateOutcome.PASS


@dataclass(frozen=True)
class Comparison:
    """The candidate's scores beside those of one other version, over independent sources."""

    estimate: Estimate
    mean: float
    other_mean: float
    margin: float
    outcome: GateOutcome

    def metric(self) -> Metric:
        """Return the figures as the report draws them."""
        found = self.estimate
        return Metric(
            n=found.n,
            mean=self.mean,
            baseline_mean=self.other_mean,
            difference=found.mean,
            lower=found.lower,
            upper=found.upper,
            sd=found.sd,
            margin=self.margin,
            outcome=self.outcome.value,
        )


def as_good(found: Estimate, margin: float, look: int, *, anchor: bool) -> GateOutcome:
    """Return whether the mean difference is surely above -margin, surely a drop, or neither.

    Below the best earlier version a drop within the margin is expected, so there it takes
    more to fail than being surely lower.
    """
    if found.mean is None or found.lower is None or found.upper is None:
        return INCONCLUSIVE
    if found.lower - TINY > -margin:
        return PASS
    too_low = found.mean < -margin
    if found.upper < 0 and (too_low or not anchor):
        return FAIL
    return FAIL if look >= 2 and too_low else INCONCLUSIVE
