"""Work a run through in this process, until it has ended."""

import time

from evaluation.offline.models import Run, RunShard
from evaluation.offline.reconcile import reconcile
from evaluation.offline.run import work

PAUSE_SECONDS = 0.5


def work_through(run: Run) -> Run:
    """Return the ended run. Shards that another worker holds are waited for."""
    while (run := Run.objects.get(pk=run.pk)).state in Run.OPEN:
        for shard in run.shards.exclude(state=RunShard.State.DONE).values_list("pk", flat=True):
            work(shard)
        run.refresh_from_db()
        if run.state in Run.OPEN:
            time.sleep(PAUSE_SECONDS)
            reconcile()
    return run
