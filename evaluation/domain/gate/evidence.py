"""What goes into the gate and what comes out of it. Milliseconds; US dollars; None is unknown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from evaluation.domain.checks import Outcome, Result, Severity


class GateOutcome(StrEnum):
    """What a gate can say; only a pass goes on."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


@dataclass(frozen=True)
class CaseOutcome:
    """What one version gave on one case.

    `error` says why there is no answer. `latency_ms` is given only for an answer at the
    first attempt, since a wait for the provider's limits says nothing about the prompt.
    """

    case: str
    results: tuple[Result, ...] = ()
    error: str = ""
    latency_ms: float | None = None
    cost: float | None = None

    @cached_property
    def blockers(self) -> dict[str, Result]:
        """Return the results that can block, by check; skipped ones are left out."""
        return {
            result.check: result
            for result in self.results
            if result.severity is Severity.BLOCKER and result.outcome is not Outcome.SKIPPED
        }

    @cached_property
    def trouble(self) -> str:
        """Why this case has no full result, or "" when it has."""
        if self.error:
            return self.error
        broken = (r for r in self.blockers.values() if r.outcome is Outcome.ERROR)
        return next((f"{result.label}: {result.reason}" for result in broken), "")

    @cached_property
    def passed(self) -> bool:
        """Whether every rule that can block holds."""
        held = all(result.outcome is Outcome.PASS for result in self.blockers.values())
        return held and not self.trouble


@dataclass(frozen=True)
class GateRules:
    """The bar. A ratio of None is not looked at (PATCH: neither latency nor cost)."""

    min_cases: int = 20
    max_error_share: float = 0.05
    min_pass_rate: float = 1.0  # where there is no version to compare with
    max_latency_ratio: float | None = 1.2
    min_latency_cases: int = 20
    max_cost_ratio: float | None = 1.1


@dataclass(frozen=True)
class Flip:
    """A rule whose answer on a case differs between the two versions."""

    case: str
    check: str
    label: str
    reason: str


@dataclass(frozen=True)
class Metric:
    """A figure of the candidate over `n` cases, and of production's version beside it."""

    n: int
    mean: float | None
    variance: float | None = None
    baseline_mean: float | None = None


@dataclass(frozen=True)
class GateDecision:
    """The verdict: its outcome, its reasons as sentences (the one that decided first)."""

    outcome: GateOutcome
    reasons: tuple[str, ...]
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    newly_failing: tuple[Flip, ...] = ()
    newly_passing: tuple[Flip, ...] = ()
    still_failing: tuple[str, ...] = ()
    without_result: tuple[str, ...] = ()

    def as_metrics(self) -> dict[str, dict[str, Any]]:
        """Return the metrics as plain values: {name: {n, mean, variance, baseline_mean}}."""
        return {name: asdict(metric) for name, metric in self.metrics.items()}
