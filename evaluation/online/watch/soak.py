"""What the soak on staging comes to: on its calls, or on the golden cases where there are few."""

from dataclasses import replace
from datetime import datetime

from evaluation.domain.watch.answer import Answer, Says
from evaluation.online.watch.answers import soak_answer
from evaluation.online.watch.golden import repeat
from evaluation.online.watch.view import View
from registry.release.models import Verdict

ENOUGH = 50  # calls on staging
_SAYS = {
    Verdict.Outcome.PASS: Says.PASS,
    Verdict.Outcome.FAIL: Says.FAIL,
    Verdict.Outcome.INCONCLUSIVE: Says.HELD,
}


def look_at_soak(view: View) -> Answer:
    """Return what the soak shows. Only when its hours are over does it hold, or pass on little."""
    if not view.plan.soak_minutes:
        return Answer(Says.PASS, ("No soak is asked for.",))
    answer, calls = soak_answer(view)
    if answer.says is Says.FAIL:
        return answer
    due = view.plan.due_at(0, view.rollout.step_started_at)
    if calls < ENOUGH:
        return _on_little(view, answer, calls, due)
    if answer.says is Says.HELD and view.now < due:
        return replace(answer, says=Says.UNDECIDED)
    return answer


def _on_little(view: View, answer: Answer, calls: int, due: datetime) -> Answer:
    """Answer for a staging that sees few calls: from the golden cases, once its hours are over."""
    if view.now < due:
        words = f"{calls} of {ENOUGH} calls came in on staging; it soaks on."
        return replace(answer, says=Says.UNDECIDED, reasons=(words,))
    outcome, words = repeat(view, calls)
    says = _SAYS[Verdict.Outcome(outcome)] if outcome else Says.UNDECIDED
    return replace(answer, says=says, reasons=(words,))
