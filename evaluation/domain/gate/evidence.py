"""What goes into the gate and what comes out of it. Milliseconds; US dollars; None is unknown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from evaluation.domain.checks import Outcome, Result, Severity

METRIC_NAMES = frozenset(
    {
        "pass_rate",
        "latency_ms",
        "latency_p95_ms",
        "latency_ratio",
        "p95_ratio",
        "cost",
        "cost_ratio",
    }
)
"""Names of the gate's own metrics: no judge can have one of them. A judge's metric has the
judge's name, and `<name>:anchor` where it was compared with the best earlier version."""


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
    `scores` are the judges' values by name, each the mean over the answers to this case;
    `unscored` says by name why a judge that should have scored gave nothing at all, and `gaps`
    which share of the answers is without a score where the others have one. A judge that this
    case has nothing for (no context, no reference) is in none of them. `cluster` names cases
    that come from one source and count as one. Several answers become one by `fold`.
    """

    case: str
    results: tuple[Result, ...] = ()
    error: str = ""
    latency_ms: float | None = None
    cost: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    unscored: Mapping[str, str] = field(default_factory=dict)
    gaps: Mapping[str, float] = field(default_factory=dict)
    cluster: str = ""

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
class JudgeRule:
    """The bar for one judge. `worst` and `best` are the ends of its scale: 0.2 to 1, or 0 to 1.

    Only a `gating` one decides; an advisory one is shown. `margin` is how far below
    production's version is still as good, `min_mean` is absolute. `needs` (context, reference)
    says which cases it cannot score, for the words alone.
    """

    name: str
    gating: bool = True
    margin: float = 0.03
    min_mean: float | None = None
    worst: float = 0.2
    best: float = 1.0
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateRules:
    """The bar. A limit of None is not looked at (PATCH: neither latency nor cost).

    Look 1 asks for more answers where `may_repeat`; look 2 is the last, and there a mean
    below the margin is enough to fail. Whoever always gets the same answer (a simulated
    connection) gives look 2 at once. `alpha` is one-sided and holds for each look.
    """

    min_cases: int = 20
    max_error_share: float = 0.05
    min_pass_rate: float = 1.0  # where there is no version to compare with
    max_latency_ratio: float | None = 1.2
    min_latency_cases: int = 20
    max_p95_ratio: float | None = 1.2
    min_p95_cases: int = 200
    max_p95_ms: float | None = None
    max_cost_ratio: float | None = 1.1
    max_mean_cost: float | None = None
    judges: tuple[JudgeRule, ...] = ()
    alpha: float = 0.03
    anchor_margin: float | None = 0.05
    look: int = 1
    may_repeat: bool = False


@dataclass(frozen=True)
class Flip:
    """A rule whose answer on a case differs between the two versions."""

    case: str
    check: str
    label: str
    reason: str


@dataclass(frozen=True)
class Metric:
    """A figure of the candidate over `n` cases, and of production's version beside it.

    Of a judge `n` counts sources where cases share one; it also has the paired difference with
    its one-sided bounds, the standard deviation `sd` of the differences and the margin.
    `limit` is the absolute bar it was held to, `outcome` what it alone would have said ("" if
    nothing was asked of it). A `latency_ratio` has its bounds too.
    """

    n: int
    mean: float | None
    variance: float | None = None
    baseline_mean: float | None = None
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    sd: float | None = None
    margin: float | None = None
    limit: float | None = None
    outcome: str = ""


@dataclass(frozen=True)
class GateDecision:
    """The verdict: its outcome, its reasons as sentences (the one that decided first).

    `again` names the cases that need three answers of each version before there is a verdict;
    the outcome is then what would be said without them.
    """

    outcome: GateOutcome
    reasons: tuple[str, ...]
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    newly_failing: tuple[Flip, ...] = ()
    newly_passing: tuple[Flip, ...] = ()
    still_failing: tuple[str, ...] = ()
    without_result: tuple[str, ...] = ()
    again: tuple[str, ...] = ()

    def as_metrics(self) -> dict[str, dict[str, Any]]:
        """Return the metrics as plain values: {name: {n, mean, variance, baseline_mean, …}}."""
        return {name: asdict(metric) for name, metric in self.metrics.items()}
