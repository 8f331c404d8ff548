"""The gate: may the candidate stand where production's version stands, on these cases?

Rules are compared case by case: a case that production's version gets right and the
candidate gets wrong blocks. Missing results are never dropped and never count as right:
too many give no verdict at all, and a pass must hold even if each had gone wrong.
"""

from collections.abc import Sequence

from evaluation.domain.gate import questions
from evaluation.domain.gate.compare import Pair, pair
from evaluation.domain.gate.evidence import (
    CaseOutcome,
    GateDecision,
    GateOutcome,
    GateRules,
    Metric,
)
from evaluation.domain.gate.pass_rates import rates_in_doubt, rates_too_low
from evaluation.domain.gate.ratios import (
    Ratio,
    cost_ratio,
    latency_ratio,
    not_compared,
    too_dear,
    too_slow,
)
from evaluation.domain.gate.words import cases


def decide(
    candidate: Sequence[CaseOutcome],
    baseline: Sequence[CaseOutcome] | None,
    rules: GateRules | None = None,
    anchor: Sequence[CaseOutcome] | None = None,
) -> GateDecision:
    """Return the verdict on `candidate` against `baseline` (None: nothing in production yet).

    Give every case of the snapshot for every arm, those without an answer too. The
    questions are asked in order: no verdict at all, a fail, in doubt; else it passes.
    """
    rules = rules or GateRules()
    pairs, compared = pair(candidate, baseline), baseline is not None
    bar = None if compared else rules.min_pass_rate
    latency, cost = latency_ratio(pairs), cost_ratio(pairs)
    answers = {
        GateOutcome.ERROR: [*questions.too_many_errors(pairs, rules)],
        GateOutcome.FAIL: [
            *questions.newly_failing(pairs),
            *rates_too_low(pairs, bar),
            *too_slow(latency, rules),
            *too_dear(cost, rules),
        ],
        GateOutcome.INCONCLUSIVE: [
            *questions.too_few_cases(pairs, rules),
            *questions.could_have_failed(pairs),
            *rates_in_doubt(pairs, bar),
        ],
        GateOutcome.PASS: [_praise(pairs, compared)],
    }
    outcome = next(outcome for outcome, sentences in answers.items() if sentences)
    notes = [*questions.worth_knowing(pairs)]
    if compared:
        notes += not_compared(latency, cost, rules)
    return GateDecision(
        outcome=outcome,
        reasons=(*answers[outcome], *notes),
        metrics=_metrics(pairs, compared, latency, cost),
        newly_failing=tuple(questions.flips_of(pairs)),
        newly_passing=tuple(flip for pair in pairs for flip in pair.newly_passing),
        still_failing=tuple(questions.still_failing(pairs)),
        without_result=tuple(pair.case for pair in pairs if pair.trouble),
    )


def _praise(pairs: Sequence[Pair], compared: bool) -> str:
    if not compared:
        return f"Every rule holds as often as it must on {cases(len(pairs))}."
    passed = sum(pair.passed_before for pair in pairs)
    if not passed:
        return "No case passed in production's version, and none got worse."
    return f"All {cases(passed)} that passed in production's version still pass."


def _metrics(
    pairs: Sequence[Pair], compared: bool, latency: Ratio, cost: Ratio
) -> dict[str, Metric]:
    done = [pair for pair in pairs if not pair.trouble]
    rate = Metric(
        n=len(done),
        mean=_share(sum(pair.candidate.passed for pair in done), len(done)),
        baseline_mean=_share(sum(p.passed_before for p in done), len(done)) if compared else None,
    )
    metrics = {"pass_rate": rate}
    for name, unit, ratio in (("latency", "latency_ms", latency), ("cost", "cost", cost)):
        if ratio.mean is not None:
            metrics[unit] = Metric(ratio.n, ratio.mean, baseline_mean=ratio.baseline_mean)
            metrics[f"{name}_ratio"] = Metric(ratio.n, ratio.value)
    return metrics


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
