"""The bar of a run: what its risk, its policy and its suite said when it was queued."""

from typing import Any

from evaluation.domain.gate import GateRules, JudgeRule
from evaluation.domain.judge.scale import ends_of
from evaluation.offline.models import Run
from registry.domain.semver import Risk

LEAST_OF_PATCH = 1  # cases; it is not compared by figures
REPEATS_OF_MAJOR = 2  # answers of each version to a case, from the start
AGAIN = 3  # answers of each version to a case that the second look asks about
SECOND_LOOK = "second_look"  # among the thresholds of a run: False when CI wants none


def repeats_of(risk: Risk) -> int:
    """Return how many answers each version gives to a case at the first look."""
    return REPEATS_OF_MAJOR if risk is Risk.MAJOR else 1


def by_rules_alone(risk: str, *, smoke: bool) -> bool:
    """Is a change of that risk held to fixed rules alone, so that no judge is asked?"""
    return smoke or risk == Risk.PATCH


def judges_of(run: Run) -> list[dict[str, Any]]:
    """Return the judges that score the answers of `run`."""
    return [] if by_rules_alone(run.risk, smoke=run.smoke) else run.judges


def rules_of(run: Run, *, may_repeat: bool = False) -> GateRules:
    """Return the bar of a run. What always answers the same is not asked a second time."""
    bars = run.thresholds
    open_to_more = not run.simulated and bars.get(SECOND_LOOK, True)
    if by_rules_alone(run.risk, smoke=run.smoke):
        none = {"max_latency_ratio": None, "max_p95_ratio": None, "max_cost_ratio": None}
        bars = {**none, "anchor_margin": None}
        least = LEAST_OF_PATCH
    else:
        least = run.policy.document["risks"][run.risk]["min_cases"]
    names = ("max_latency_ratio", "max_p95_ratio", "max_p95_ms", "max_cost_ratio")
    given = {
        name: bars[name] for name in (*names, "max_mean_cost", "anchor_margin") if name in bars
    }
    return GateRules(
        min_cases=least,
        judges=tuple(_rule(judge) for judge in judges_of(run)),
        look=2 if run.simulated else run.look,
        may_repeat=may_repeat and run.look == 1 and open_to_more,
        **given,
    )


def _rule(judge: dict[str, Any]) -> JudgeRule:
    worst, best = ends_of(judge["scale"])
    return JudgeRule(
        judge["name"],
        gating=judge["gating"],
        margin=judge["margin"],
        min_mean=judge["min_mean"],
        worst=worst,
        best=best,
        needs=tuple(judge["needs"]),
    )
