"""Come to the verdict of a run, or ask for more answers first; or let somebody cancel it."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from evaluation.domain.gate import CaseOutcome, GateDecision, GateOutcome, decide
from evaluation.domain.gate.compare import pair
from evaluation.offline.anchor import anchor_outcomes
from evaluation.offline.end import State, ask_to_end, end, end_when_drained
from evaluation.offline.groups import grouped
from evaluation.offline.lowered import lowered_bar
from evaluation.offline.models import Run
from evaluation.offline.outcomes import outcomes_of
from evaluation.offline.rules import rules_of
from evaluation.offline.second_look import affords, begin_second_look
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.release.labels import lock_prompt

_ONLY_SIMULATED = (
    "Answers or scores are simulated: no model gave them, so a pass proves nothing here. Choose "
    "a connection to a model."
)
_NO_SECOND_LOOK = "A second look would have gone over its budget, so it was not taken."


def conclude(run: Run) -> bool:
    """Give the verdict on a run whose shards are done, or begin its second look.

    Returns False if somebody was first.
    """
    if end_when_drained(run):
        return False
    candidate, baseline = outcomes_of(run)
    decision, notes = _decide(run, candidate, baseline)
    if decision.again:
        return begin_second_look(run, decision.again)
    outcome, reasons = decision.outcome, [*decision.reasons, *notes]
    if run.simulated and outcome is GateOutcome.PASS and not run.prompt.project.sandbox:
        outcome, reasons = GateOutcome.INCONCLUSIVE, [_ONLY_SIMULATED, *reasons]
    if outcome is GateOutcome.PASS and (lowered := lowered_bar(run)):
        outcome, reasons = GateOutcome.INCONCLUSIVE, [lowered, *reasons]
    groups = grouped(pair(candidate, baseline))
    return end(run, outcome, [*reasons, *run.reasons], decision, groups=groups)


def _decide(
    run: Run, candidate: Sequence[CaseOutcome], baseline: Sequence[CaseOutcome] | None
) -> tuple[GateDecision, list[str]]:
    """Ask the gate; a second look that the budget has no room for is left out, and said."""
    anchor = anchor_outcomes(run)
    decision = decide(candidate, baseline, rules_of(run, may_repeat=True), anchor)
    if decision.again and not affords(run, decision.again):
        return decide(candidate, baseline, rules_of(run), anchor), [_NO_SECOND_LOOK]
    return decision, []


@transaction.atomic
def cancel(run: Run, *, actor: Actor, reason: str) -> None:
    """End a run; what was finished stays, and a repeat goes on from there.

    At once, or as soon as the open calls are in. Raises NotPermitted, or Refused when it has
    ended already or is about to.
    """
    require(actor, Action.SUBMIT, run.prompt.project)
    lock_prompt(run.prompt)  # before the run, as whoever concludes it
    said = f"Cancelled by {actor.name}" + (f": {reason}" if reason else ".")
    if not ask_to_end(run, State.CANCELLED, said, cancel_requested_at=Now()):
        raise Refused("This run has ended already.")
    record("run.cancelled", run, actor=actor, project=run.prompt.project, reason=reason)
