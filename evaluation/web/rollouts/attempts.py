"""The attempts to ship versions of a prompt: how far each came, how it ended, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Prefetch, QuerySet

from registry.domain.lifecycle import UNDER_WAY, RolloutState
from registry.release.models import LabelEvent, Rollout, Verdict
from registry.web.prompts.table import texts_of

ENDED = {
    "regressed": "rolled back by itself",
    "by_person": "rolled back by a person",
    "superseded": "gave way to another",
    "finished": "finished",
}


@dataclass(frozen=True)
class Attempt:
    """One rollout in a list: `how` it is or ended, the largest share it had, and why."""

    rollout: Rollout
    share: int
    how: str
    chip: str
    why: str


def attempts_of(rollouts: QuerySet[Rollout]) -> list[Attempt]:
    """Return what became of `rollouts`, in three queries whatever their number."""
    fails = Verdict.objects.filter(outcome=Verdict.Outcome.FAIL).only(
        "rollout", "reasons", "outcome"
    )
    rows = list(
        rollouts.select_related("version", "prompt__project", "started_by")
        .defer(*texts_of("version"))
        .annotate(share=Max("segments__percent"))
        .prefetch_related(Prefetch("verdicts", fails, to_attr="fails"))
    )
    moves = last_moves(rows)
    return [_attempt(row, moves.get(row.pk)) for row in rows]


def last_moves(rollouts: Iterable[Rollout]) -> dict[int, LabelEvent]:
    """Return the last move of a label that each rollout made, by its id."""
    ids = [rollout.pk for rollout in rollouts]
    rows = LabelEvent.objects.filter(rollout__in=ids).select_related("actor")
    rows = rows.only("rollout", "reason", "actor_name", "actor", "name", "at").order_by("id")
    return {row.rollout_id: row for row in rows if row.rollout_id is not None}


def _attempt(rollout: Any, move: LabelEvent | None) -> Attempt:
    """Describe one row with its largest `share` and its `fails`."""
    share: int = 100 if rollout.ended_as == Rollout.EndedAs.FINISHED else rollout.share or 0
    fails: list[Verdict] = rollout.fails
    if rollout.state in UNDER_WAY:
        chip = "held" if rollout.held_reason else rollout.state
        return Attempt(rollout, share, "under way", chip, rollout.held_reason)
    why = str(fails[-1].reasons[0]) if fails and fails[-1].reasons else move.reason if move else ""
    if rollout.kind == Rollout.Kind.AB:
        return Attempt(rollout, share, "the test ended", "ended", why)
    if rollout.state == RolloutState.COMPLETE:
        return Attempt(rollout, share, "serves everyone", "complete", why)
    how = ENDED.get(rollout.ended_as, "ended")
    if rollout.ended_as == Rollout.EndedAs.FINISHED:
        how = "finished, then rolled back"
    return Attempt(rollout, share, how, "rolled_back", why)
