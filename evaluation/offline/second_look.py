"""The second look: more answers to the cases that the first one could not decide by."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from evaluation.offline.models import Run, RunShard
from evaluation.offline.pending import answers_of
from evaluation.offline.plan import names_of
from evaluation.offline.rules import judges_of
from evaluation.offline.wake import wake_on_commit
from registry.audit.clock import database_now


def affords(run: Run, again: Sequence[str]) -> bool:
    """Is there budget for it, going by what the calls so far came to?

    Answers taken over from an earlier run cost nothing; those of the second look are all asked for.
    """
    standing = Run.objects.get(pk=run.pk)
    calls = (_total(run, again) - run.total) * (1 + len(judges_of(run)))
    share = calls / standing.calls if standing.calls else 0.0
    caps = run.budget
    left = {
        "max_calls": (standing.calls + calls, caps.get("max_calls")),
        "max_cost": (float(standing.cost) * (1 + share), caps.get("max_cost")),
        "max_seconds": (_seconds(standing) * (1 + share), caps.get("max_seconds")),
    }
    return all(cap is None or needed <= cap for needed, cap in left.values())


@transaction.atomic
def begin_second_look(run: Run, again: Sequence[str]) -> bool:
    """Have the cases `again` answered three times by each version; False if somebody was first."""
    begun = Run.objects.filter(pk=run.pk, state__in=Run.OPEN, look=1, ending="").update(
        look=2, again=list(again), total=_total(run, again)
    )
    if not begun:
        return False
    shards = run.shards.filter(_holding(run, again))
    shards.update(state=RunShard.State.QUEUED, attempts=0)
    wake_on_commit(list(shards.values_list("pk", flat=True)))
    return True


def _holding(run: Run, again: Sequence[str]) -> Q:
    """The condition of shards that hold one of the cases."""
    if run.smoke:
        return Q()
    found = Q(pk=None)
    positions = run.snapshot.cases.filter(case_id__in=again).values_list("position", flat=True)
    ranges = run.shards.values_list("pk", "first_position", "last_position")
    at = list(positions)
    held = [pk for pk, first, last in ranges if any(first <= place <= last for place in at)]
    return found | Q(pk__in=held)


def _total(run: Run, again: Sequence[str]) -> int:
    names = names_of(run.snapshot, smoke=run.smoke)
    looked = Run(look=2, again=list(again), repeats=run.repeats, baseline_id=run.baseline_id)
    return answers_of(looked, names)


def _seconds(run: Run) -> float:
    return (database_now() - run.started_at).total_seconds() if run.started_at else 0.0
