"""A version alone, against figures of another time: no control, so only the margin counts.

Load and questions differ between two times, so harm up to the margin is let go; and the figures
it is held against are not exact either, so their own number counts in the error.
"""

from dataclasses import replace

from evaluation.domain.watch.figures import ArmFigures, Sums
from evaluation.domain.watch.guardrails import Guardrail
from evaluation.domain.watch.metric import Levels, Weighed, weigh_pairs
from evaluation.domain.watch.pairs import Pair, design_effect

EXACT = 10**9  # values behind a limit that somebody set: it is known exactly


def against_reference(
    guardrail: Guardrail, reference: Sums, arm: ArmFigures, level: Levels
) -> Weighed:
    """Return whether a metric is worse than the reference by more than the margin."""
    lenient = replace(guardrail, tolerance=guardrail.margin, tolerance_share=guardrail.margin_share)
    found = _weighed(lenient, reference, arm, level)
    return _told(found, arm, reference.n, tolerance=found.answer.margin)


def against_limit(
    guardrail: Guardrail, limit: float, reference: Sums, arm: ArmFigures, level: Levels
) -> Weighed:
    """Return whether a metric's mean is beyond a limit; its variance is at least the reference's.

    What is told as control is then the limit, of no values.
    """
    exact = Sums(EXACT, limit * EXACT, (reference.variance + limit**2) * EXACT)
    strict = replace(
        guardrail, tolerance=0.0, tolerance_share=0.0, margin=0.0, margin_share=0.0, ratio=1.0
    )
    found = _weighed(strict, exact, arm, level)
    if found.estimate is None:
        found = replace(found, answer=replace(found.answer, control=limit))
    return _told(found, arm, 0, tolerance=0.0)


def _weighed(guardrail: Guardrail, control: Sums, arm: ArmFigures, level: Levels) -> Weighed:
    effect = design_effect(arm, guardrail.kind)
    if effect is None:
        return weigh_pairs(guardrail, [], [], level)
    since = [[Pair(control, late, effect)] for late in arm.since]
    return weigh_pairs(guardrail, [Pair(control, arm.sums, effect)], since, level)


def _told(found: Weighed, arm: ArmFigures, n_control: int, *, tolerance: float) -> Weighed:
    """Return it with what came in, also where one user's calls cannot be tested."""
    answer = replace(found.answer, n_control=n_control, n_treatment=arm.sums.n, tolerance=tolerance)
    if found.estimate is None:
        answer = replace(answer, treatment=arm.sums.mean)
    return replace(found, answer=answer)
