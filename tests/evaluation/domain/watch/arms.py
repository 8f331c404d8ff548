"""Live figures made by hand: arms whose values lie evenly, so that sums are known exactly."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evaluation.domain.watch.answer import Answer
from evaluation.domain.watch.decide import decide
from evaluation.domain.watch.figures import SHARDS, ArmFigures, Figures, Ratio, Stratum, Sums
from evaluation.domain.watch.guardrails import ERROR, LATENCY, SLOW, Guardrail, Kind, cost, quality

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUARDRAILS = (quality("faithfulness"), ERROR, LATENCY, SLOW, cost())
USUAL = {"score:faithfulness": 0.8, "error": 0.01, "latency": 7.0, "slow": 0.05, "tokens": 800.0}
SPREAD = {"score:faithfulness": 0.2, "latency": 0.6, "tokens": 480.0}


def sums(n: int, mean: float, sd: float = 0.0) -> Sums:
    """Return n values with this mean and this sample standard deviation."""
    return Sums(n, n * mean, n * mean**2 + max(0, n - 1) * sd**2)


def arm(n: int, mean: float, sd: float = 0.0, late: tuple[Sums, ...] = ()) -> ArmFigures:
    """Return an arm whose shards all have the same mean: no unit differs from another."""
    each = {j: n // SHARDS + (j < n % SHARDS) for j in range(SHARDS)}
    return ArmFigures(sums(n, mean, sd), {j: (k, k * mean) for j, k in each.items() if k}, late)


def stratum(
    guardrail: Guardrail, n: int, treatment: float, control: float | None = None, percent: int = 5
) -> Stratum:
    """Return a segment with n values of the treatment, and control's by the share."""
    usual = USUAL[guardrail.metric] if control is None else control
    sd = SPREAD.get(guardrail.metric, 0.0) if guardrail.kind is Kind.MEAN else 0.0
    return Stratum(percent, arm(n * (100 - percent) // percent, usual, sd), arm(n, treatment, sd))


def ratio(calls: int, share: float, percent: float = 5) -> Ratio:
    """Return calls that lie evenly on all shards, a share of each in the treatment."""
    each = calls // SHARDS
    return Ratio(percent, dict.fromkeys(range(SHARDS), (each, round(each * share))))


def figures(n: int, **treatment: float) -> Figures:
    """Return n calls of a treatment like control but for the metrics named, in one segment."""
    means = {
        **USUAL,
        **{("score:" + k if k == "faithfulness" else k): v for k, v in treatment.items()},
    }
    strata = {g.metric: (stratum(g, n, means[g.metric]),) for g in GUARDRAILS}
    return Figures(strata, (ratio(20 * n, 0.05),), 1000, 0, NOON - timedelta(minutes=1), NOON)


@dataclass(frozen=True)
class Look:
    """One look of the watcher, five hours into a step."""

    guardrails: tuple[Guardrail, ...] = GUARDRAILS
    restarts: int = 10
    began: timedelta = timedelta(hours=5)

    def at(self, figures: Figures) -> Answer:
        """Return what it says."""
        return decide(
            self.guardrails,
            figures,
            alpha=0.01,
            restarts=self.restarts,
            now=NOON,
            since=NOON - self.began,
            fresh_within=timedelta(minutes=15),
        )


LOOK = Look()
