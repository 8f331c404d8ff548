"""Look after runs whose worker died, whose message was lost, or which nobody concluded."""

from django.db.models import Exists, OuterRef

from evaluation.offline.conclude import conclude
from evaluation.offline.end import end_when_drained, end_without_verdict
from evaluation.offline.leases import ATTEMPTS, free, may_conclude
from evaluation.offline.models import Run, RunShard
from evaluation.offline.wake import wake


def reconcile() -> None:
    """Wake workers for every shard that nobody works on; end what cannot go on.

    Cheap and safe to call at any time, from any number of places.
    """
    for run in Run.objects.filter(state__in=Run.OPEN).exclude(ending=""):
        end_when_drained(run)
    waiting = RunShard.objects.filter(free(), run__state__in=Run.OPEN, run__ending="")
    for shard in waiting.filter(attempts__gte=ATTEMPTS).select_related("run"):
        end_without_verdict(
            shard.run,
            f"its worker stopped {ATTEMPTS} times without a single result. "
            "Look at the worker's log, then evaluate again.",
        )
    wake(waiting.filter(attempts__lt=ATTEMPTS).order_by("id").values_list("pk", flat=True)[:100])
    undone = RunShard.objects.filter(run=OuterRef("pk")).exclude(state=RunShard.State.DONE)
    for run in Run.objects.filter(~Exists(undone), state=Run.State.RUNNING):
        if may_conclude(run):
            conclude(run)
