"""What live traffic says of a rollout now: in the canary, while it soaks, in an A/B test."""

from datetime import timedelta

from evaluation.domain.watch.ab import Comparison, compare
from evaluation.domain.watch.answer import Answer
from evaluation.domain.watch.decide import decide
from evaluation.domain.watch.figures import ArmFigures, Figures, Sums
from evaluation.domain.watch.guardrails import QUALITY
from evaluation.domain.watch.soak import decide_soak
from evaluation.online.traffic import CALLS, usual_of
from evaluation.online.watch.gather import gather, staging_figures
from evaluation.online.watch.view import View

# A rollout's chance of going back falsely, parted between its two tests.
SOAK_SHARE, CANARY_SHARE = 0.1, 0.9


def canary_answer(view: View) -> tuple[Answer, Figures]:
    """Return what the canary shows against what production serves at the same time."""
    stages, present = view.shares, view.shares[-1]
    minutes = sum(stage.minutes for stage in view.plan.stages)
    restarts, planned = view.restarts(stages[0].started_at, minutes)
    figures = gather(stages, restarts)
    rate = (view.watch.calls_per_hour or 0) * present.percent / 100
    answer = decide(
        view.guardrails,
        figures,
        alpha=view.watching.alpha * CANARY_SHARE,
        restarts=planned,
        now=view.now,
        since=present.started_at,
        fresh_within=view.fresh_within(rate),
    )
    return answer, figures


def soak_answer(view: View) -> tuple[Answer, int]:
    """Return what staging shows against what production is used to, and on how many calls."""
    rollout = view.rollout
    restarts, planned = view.restarts(rollout.started_at, view.plan.soak_minutes)
    staging, newest = staging_figures(rollout, restarts)
    calls = staging.get(CALLS, ArmFigures()).sums.n
    hours = max(0.25, (view.now - rollout.started_at) / timedelta(hours=1))
    answer = decide_soak(
        view.guardrails,
        staging,
        _baseline(view),
        {},
        alpha=view.watching.alpha * SOAK_SHARE,
        restarts=planned,
        now=view.now,
        newest=newest,
        fresh_within=view.fresh_within(calls / hours),
    )
    return answer, calls


def comparison(view: View) -> Comparison:
    """Return how the two versions of an A/B test compare so far."""
    figures = gather(view.shares, [])
    return compare(view.guardrails, figures, alpha=view.watching.alpha, now=view.now)


def _baseline(view: View) -> dict[str, Sums]:
    """Return production's figures before the start; scores it lacks are those of the gate."""
    return {**_of_gate(view), **usual_of(view.rollout)}


def _of_gate(view: View) -> dict[str, Sums]:
    """Return what production's version scored on the golden cases."""
    verdict = view.rollout.version.release.verdict
    found = {}
    for name, figures in (verdict.metrics if verdict else {}).items():
        if not isinstance(figures, dict) or figures.get("baseline_mean") is None:
            continue
        n, mean = int(figures.get("n") or 0), float(figures["baseline_mean"])
        variance = float(figures.get("variance") or 0)
        squares = max(0, n - 1) * variance + n * mean**2
        found[QUALITY + name] = Sums(n, n * mean, squares)
    return found
