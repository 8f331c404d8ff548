"""The answer of one look at production after a rollout: still as good as when it was promoted?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from evaluation.domain.watch.alone import against_reference
from evaluation.domain.watch.answer import Answer, Says
from evaluation.domain.watch.figures import ArmFigures, Sums
from evaluation.domain.watch.guardrails import Guardrail
from evaluation.domain.watch.metric import levels
from evaluation.domain.watch.sentences import surest_first
from evaluation.domain.watch.words import calls, change

LEAST_REFERENCE = 20


def decide_after(
    guardrails: Sequence[Guardrail],
    reference: Mapping[str, Sums],
    now_served: Mapping[str, ArmFigures],
    *,
    alpha: float,
    restarts: int,
    now: datetime,
) -> Answer:
    """Return FAIL where production is worse than at its promotion by more than the margin.

    Else UNDECIDED: watching goes on. A FAIL is a reason to look, since another time may have
    brought other questions; metrics without 20 values in the reference are left out.
    """
    del now  # the same for every look: the sums say all, and the caller's clock stays explicit
    known = [g for g in guardrails if reference.get(g.metric, Sums()).n >= LEAST_REFERENCE]
    level = levels(known, alpha, alpha, restarts)
    weighed = [
        against_reference(
            g, reference[g.metric], now_served.get(g.metric, ArmFigures()), level[g.metric]
        )
        for g in known
    ]
    answers = tuple(one.answer for one in weighed)
    failed = surest_first([one for one in weighed if one.answer.says == Says.FAIL])
    if failed:
        told = [(one, one.recent or one.estimate) for one in failed]
        reasons = [
            f"{change(one.guardrail, found)} since the promotion ({calls(found.n_treatment)})."
            for one, found in told
            if found is not None
        ]
        return Answer(Says.FAIL, tuple(reasons), answers)
    served = max((arm.sums.n for arm in now_served.values()), default=0)
    said = f"As good as when it was promoted, in {calls(served)} since."
    return Answer(
        Says.UNDECIDED, (said if served else "No calls yet since its promotion.",), answers
    )
