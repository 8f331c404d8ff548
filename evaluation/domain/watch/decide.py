"""The answer of one look at a canary: worse, fine, not sure yet, or not to be trusted.

Worse comes first and counts on any data, also of a held rollout: stopping needs no proof that
everything was measured. Only what follows is asked to be fresh, complete and fairly split.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from evaluation.domain.watch.answer import Answer, Says
from evaluation.domain.watch.distrust import CALLS, distrust, lacking
from evaluation.domain.watch.figures import Figures
from evaluation.domain.watch.guardrails import Guardrail
from evaluation.domain.watch.metric import Weighed, cut, levels, weigh
from evaluation.domain.watch.ratio import sample_ratio
from evaluation.domain.watch.sentences import early, fine, open_questions, worse


def decide(
    guardrails: Sequence[Guardrail],
    figures: Figures,
    *,
    alpha: float,
    alpha_pass: float = 0.05,
    restarts: int,
    now: datetime,
    since: datetime,
    fresh_within: timedelta,
) -> Answer:
    """Return what the watcher should think of the treatment now.

    `alpha` is the chance of a false FAIL over the whole rollout, split over the guardrails by
    weight; `alpha_pass` that of a false PASS, of each metric. `restarts` are planned in all,
    `since` is when the present step began; data older than `fresh_within` is silence.
    """
    level = levels(guardrails, alpha, alpha_pass, restarts)
    calls = sum(stratum.treatment.sums.n for stratum in figures.strata.get(CALLS, ()))
    weighed = [
        weigh(g, figures.strata.get(g.metric, ()), level[g.metric], calls) for g in guardrails
    ]
    ratio = sample_ratio(figures.ratio[-1]) if figures.ratio else None
    doubts = distrust(guardrails, figures, ratio, now=now, since=since, fresh_within=fresh_within)
    says, reasons = _conclude(weighed, doubts)
    if says is Says.PASS and (unheard := lacking(guardrails, figures)):
        says, reasons = Says.UNDECIDED, early(unheard)
    return Answer(
        says,
        tuple(reasons),
        tuple(one.answer for one in weighed),
        ratio=ratio.share if ratio else None,
        ratio_wanted=ratio.wanted if ratio and ratio.calls else None,
        ratio_evidence=cut(ratio.evidence) if ratio else 0.0,
        misassigned=figures.misassigned / figures.assigned if figures.assigned else None,
    )


def _conclude(weighed: Sequence[Weighed], doubts: Sequence[str]) -> tuple[Says, list[str]]:
    failed = [one for one in weighed if one.answer.says == Says.FAIL]
    if failed:
        return Says.FAIL, [*worse(failed), *doubts]
    if doubts:
        return Says.HELD, list(doubts)
    waiting = [o for o in weighed if o.answer.required and o.answer.says != Says.PASS]
    if waiting or not any(one.answer.required for one in weighed):
        return Says.UNDECIDED, open_questions(weighed)
    return Says.PASS, fine(weighed)
