"""What a judge says, in words for a product manager: the fact, the figures, and the cure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from evaluation.domain.gate.comparison import Comparison
from evaluation.domain.gate.evidence import GateOutcome, JudgeRule, Metric
from evaluation.domain.gate.words import CURE, bound, cases, figure, listed, signed
from evaluation.domain.power import cases_needed

NEEDS = {"context": "a context", "reference": "a reference answer"}


@dataclass(frozen=True)
class Counted:
    """Cases of the run, those the judge is for, those scored in full, and their sources."""

    total: int
    applies: int
    done: int
    sources: int


def title(rule: JudgeRule) -> str:
    """Return the judge's name as a sentence begins with it."""
    return rule.name[:1].upper() + rule.name[1:]


def fell(rule: JudgeRule, found: Comparison) -> str:
    """Say that the scores got worse, by more than chance or by more than the margin."""
    least, most = found.estimate.upper or 0.0, found.estimate.lower or 0.0
    if least < 0:
        span = f"between {figure(-least, 0)} and {figure(-most)}"
        why = f"more than chance explains: the drop is {span}"
    else:
        why = f"more than the {bound(found.margin)} allowed"
    return f"{title(rule)} fell from {_both(found)}, {why} ({cases(found.estimate.n)})."


def cannot_tell(rule: JudgeRule, found: Comparison) -> str:
    """Say that the scores leave it open, and how many cases would not."""
    return (
        f"{cases(found.estimate.n)} cannot tell whether {rule.name} fell by more than the "
        f"{bound(found.margin)} allowed: it is {figure(found.mean)}, {figure(found.other_mean)} "
        f"with production's version, and {_between(found)}. {_more_cases(found)}"
    )


def below_the_best(rule: JudgeRule, found: Comparison) -> str:
    """Say that the candidate is, or may be, too far below the best earlier version."""
    verb = "is" if found.outcome is GateOutcome.FAIL else "may be"
    return (
        f"{title(rule)} {verb} more than the {bound(found.margin)} allowed below the best earlier "
        f"version of this line: {figure(found.mean)}, that one had {figure(found.other_mean)}, "
        f"{_between(found)}. Small steps down have added up."
    )


def too_low(rule: JudgeRule, mean: float, bar: float, n: int) -> str:
    """Say that the mean is below its own bar."""
    return (
        f"{title(rule)} is {figure(mean, bar)} over {cases(n)}; at least {bound(bar)} is required."
    )


def maybe_too_low(rule: JudgeRule, bar: float, missing: Sequence[str]) -> str:
    """Say that the mean reaches its bar only if what is missing were good."""
    return (
        f"{title(rule)} lacks scores on {cases(len(missing))} ({listed(missing)}); had they been "
        f"low, the {figure(bar)} required would not be reached. {CURE}"
    )


def missing_could_hide(rule: JudgeRule, missing: Sequence[str]) -> str:
    """Say that the missing scores, had they been the worst, would be a drop."""
    return (
        f"{title(rule)} lacks scores on {cases(len(missing))} ({listed(missing)}); had they been "
        f"the worst, it would have fallen too far. {CURE}"
    )


def too_few(rule: JudgeRule, counted: Counted, needed: int) -> str:
    """Say why there are too few scores to judge by, and the cure."""
    what = " and ".join(NEEDS.get(need, need) for need in rule.needs) or "what it needs"
    if counted.applies == 0:
        return (
            f"{title(rule)} had nothing to score: no case has {what}. Give it to at least "
            f"{needed} cases, or let this judge only advise."
        )
    if counted.sources < counted.done:
        return (
            f"{title(rule)} scored {cases(counted.done)} from {counted.sources} "
            f"source{'' if counted.sources == 1 else 's'}; cases of one source count as one, and "
            f"{needed} are needed. Add cases from other sources."
        )
    if counted.done < counted.applies:
        return (
            f"{title(rule)} has scores on {counted.done:,} of the {cases(counted.applies)} it is "
            f"for; {needed} are needed. {CURE}"
        )
    if counted.applies < counted.total:
        return (
            f"{title(rule)} could score {counted.applies:,} of {cases(counted.total)}, since the "
            f"others lack {what}; {needed} are needed. Add it to more cases, or let this judge "
            "only advise."
        )
    return (
        f"{title(rule)} scored {cases(counted.done)}; {needed} are needed. "
        "Add cases to the golden dataset."
    )


def told(rule: JudgeRule, metric: Metric) -> str:
    """Say in one line what a judge found that does not stand in the way."""
    if metric.mean is None:
        return f"{title(rule)} gave no scores." + ("" if rule.gating else " It only advises.")
    text = f"{title(rule)} is {figure(metric.mean)}"
    if metric.baseline_mean is not None:
        text += f", {figure(metric.baseline_mean)} with production's version"
    text += f" ({cases(metric.n)})"
    if not rule.gating:
        would = f"; it would say {metric.outcome}" if metric.outcome else ""
        return f"{text}. It only advises{would}."
    if metric.baseline_mean is None and rule.min_mean is None:
        return f"{text}. No minimum is set for it, so it decided nothing."
    if metric.baseline_mean is None and rule.min_mean is not None:
        return f"{text}; at least {bound(rule.min_mean)} is required."
    if metric.upper is not None and metric.upper < 0:
        return f"{text}: a little lower, within the {bound(rule.margin)} allowed."
    return f"{text}; a drop of more than {bound(rule.margin)} is ruled out."


def _both(found: Comparison) -> str:
    """Return the fall: “0.85 to 0.77”."""
    return f"{figure(found.other_mean)} to {figure(found.mean, found.other_mean)}"


def _between(found: Comparison) -> str:
    lower, upper = found.estimate.lower or 0.0, found.estimate.upper or 0.0
    return f"the true difference is between {signed(lower)} and {signed(upper)}"


def _more_cases(found: Comparison) -> str:
    """Say how many cases would tell, by the noise seen here, to the next ten."""
    needed = ceil(cases_needed(found.margin, found.estimate.sd) / 10) * 10
    if needed > found.estimate.n:
        return f"About {needed:,} cases would tell: add some, or let a reviewer decide."
    return "Add cases, or let a reviewer read the answers and decide."
