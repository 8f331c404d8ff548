"""How good it is on live traffic: what came in, summed up, and what the watcher makes of it.

The size of these tables depends on time, versions and metrics, never on the traffic, except
for `Seen` and `Sample`, which are kept for days.
"""

from evaluation.online.models_begun import BegunCall
from evaluation.online.models_intake import IntakeCount, Sample, Seen, WaitingScore
from evaluation.online.models_rollups import Histogram, Rollup, Series, Shard
from evaluation.online.models_watch import Watch

__all__ = [
    "BegunCall",
    "Histogram",
    "IntakeCount",
    "Rollup",
    "Sample",
    "Seen",
    "Series",
    "Shard",
    "WaitingScore",
    "Watch",
]
