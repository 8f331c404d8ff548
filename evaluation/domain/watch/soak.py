"""The answer of one look at staging, where nothing else is served at the same time.

Without a control at the same time, only limits can be crossed: absolute ones, or the figures of
the gate or of production made worse by the margin.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from evaluation.domain.watch.alone import EXACT, against_limit, against_reference
from evaluation.domain.watch.answer import Answer, Says
from evaluation.domain.watch.figures import ArmFigures, Sums
from evaluation.domain.watch.guardrails import Guardrail
from evaluation.domain.watch.metric import Levels, Weighed, levels
from evaluation.domain.watch.sentences import surest_first
from evaluation.domain.watch.words import calls, lasting, subject, told_apart

ONE_USER = (
    "All calls of staging come from one user or conversation, which cannot tell chance from harm. "
    "Let others use it too, or go on without with a reason."
)


def decide_soak(
    guardrails: Sequence[Guardrail],
    staging: Mapping[str, ArmFigures],
    baseline: Mapping[str, Sums],
    limits: Mapping[str, float] | None = None,
    *,
    alpha: float,
    restarts: int,
    now: datetime,
    newest: datetime | None,
    calls_needed: int = 50,
    fresh_within: timedelta,
) -> Answer:
    """Return FAIL beyond a limit, HELD on too few or old calls or one user's, else PASS.

    `limits` are the worst that a metric's mean may be, in its unit (`latency`: the logarithm of
    milliseconds); without one, the baseline's mean made worse by the margin; a metric with
    neither is shown and not tested.
    """
    level = levels(guardrails, alpha, alpha, restarts)
    weighed = [
        _weigh(
            g,
            staging.get(g.metric, ArmFigures()),
            baseline.get(g.metric, Sums()),
            (limits or {}).get(g.metric),
            level[g.metric],
        )
        for g in guardrails
    ]
    served = max((arm.sums.n for arm in staging.values()), default=0)
    says, reasons = _conclude(weighed, served, calls_needed, now, newest, fresh_within)
    if says is Says.PASS and not any(len(arm.shards) > 1 for arm in staging.values()):
        says, reasons = Says.HELD, [ONE_USER]
    return Answer(says, tuple(reasons), tuple(one.answer for one in weighed))


def _weigh(
    guardrail: Guardrail, arm: ArmFigures, baseline: Sums, limit: float | None, level: Levels
) -> Weighed:
    if limit is not None:
        return against_limit(guardrail, limit, baseline, arm, level)
    return against_reference(guardrail, baseline, arm, level)


def _conclude(
    weighed: Sequence[Weighed],
    served: int,
    needed: int,
    now: datetime,
    newest: datetime | None,
    fresh_within: timedelta,
) -> tuple[Says, list[str]]:
    failed = surest_first([one for one in weighed if one.answer.says == Says.FAIL])
    if failed:
        return Says.FAIL, [_beyond(one) for one in failed]
    if served < needed:
        return Says.HELD, [
            f"{calls(served)} of staging reported; {needed} are needed to say anything. Send it "
            "more traffic, or go on without with a reason."
        ]
    if newest is None or now - newest > fresh_within:
        time = f"for {lasting(now - newest)}" if newest else "yet"
        return Says.HELD, [
            f"No call of staging has been reported {time}: nothing advances until reports come "
            "in. Look whether the apps still send them."
        ]
    return Says.PASS, [f"Nothing on staging is beyond its limit, in {calls(served)}."]


def _beyond(one: Weighed) -> str:
    found = one.recent or one.estimate
    assert found is not None
    before, after = told_apart(one.guardrail.unit, found.control, found.treatment)
    limit = found.n_control >= EXACT
    beside = f"the limit is {before}" if limit else f"{before} was measured before"
    return f"{subject(one.guardrail)} on staging: {after}; {beside} ({calls(found.n_treatment)})."
