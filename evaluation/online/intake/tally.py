"""What the new calls of one batch add to the sums, in memory: each row once."""

import math
from dataclasses import dataclass, field
from datetime import date, datetime

from evaluation.domain.watch.figures import SHARDS
from evaluation.domain.watch.histogram import bucket_of
from evaluation.online.intake.observation import Observation
from evaluation.online.intake.place import Place
from evaluation.online.models import Rollup, Series
from registry.domain.assignment import bucket as bucket_of_unit

MINUTE, HOUR = int(Rollup.Length.MINUTE), int(Rollup.Length.HOUR)
MEASURED = (Series.Arm.CONTROL, Series.Arm.TREATMENT)


def bucket_in(place: Place, of: Observation) -> int | None:
    """Return the bucket that the call says, or that its unit has in this rollout."""
    if of.bucket is not None or of.unit is None:
        return of.bucket
    salt = place.stretch.salt if place.stretch else None
    return bucket_of_unit(salt or "", of.unit)


def shard_of(bucket: int | None, key: bytes) -> int:
    """Return which of the groups of units a call belongs to; without a unit, any."""
    return (key[0] if bucket is None else bucket) % SHARDS


@dataclass(slots=True)
class Tally:
    """Sums by series and metric: over minutes and hours, over shards, and of latencies."""

    rollups: dict[tuple[int, str, int, datetime], list[float]] = field(default_factory=dict)
    shards: dict[tuple[int, str, int], list[float]] = field(default_factory=dict)
    histograms: dict[tuple[int, date, int], int] = field(default_factory=dict)

    def call(
        self,
        series: int,
        at: datetime,
        place: Place,
        of: Observation,
        shard: int,
        bucket: int | None,
    ) -> None:
        """Add a call, without its scores; `at` is in UTC."""
        minute = at.replace(second=0, microsecond=0)
        add, spot = self._add, (series, minute, minute.replace(minute=0), shard)
        add(spot, "error", 1.0 if of.failed else 0.0)
        if of.latency_ms:
            add(spot, "latency", math.log(of.latency_ms))
            place_in = (series, at.date(), bucket_of(of.latency_ms))
            self.histograms[place_in] = self.histograms.get(place_in, 0) + 1
            if place.stretch and place.stretch.slow_over is not None:
                add(spot, "slow", 1.0 if of.latency_ms > place.stretch.slow_over else 0.0)
        if (tokens := of.tokens) is not None:
            add(spot, "tokens", float(tokens))
        if of.cost is not None:
            add(spot, "cost", of.cost)
        if place.named and bucket is not None and place.spot.arm in MEASURED:
            add(spot, "assigned", 1.0)
            if place.misassigned(bucket, at):
                add(spot, "misassigned", 1.0)

    def score(self, series: int, at: datetime, shard: int, metric: str, value: float) -> None:
        """Add a score; `metric` is `score:NAME`."""
        minute = at.replace(second=0, microsecond=0)
        spot = (series, minute, minute.replace(minute=0), shard)
        self._add(spot, metric, value)

    def _add(self, spot: tuple[int, datetime, datetime, int], metric: str, value: float) -> None:
        series, minute, hour, shard = spot
        square = value * value
        for key in ((series, metric, MINUTE, minute), (series, metric, HOUR, hour)):
            sums = self.rollups.get(key)
            if sums is None:
                self.rollups[key] = [1, value, square]
            else:
                sums[0] += 1
                sums[1] += value
                sums[2] += square
        group = (series, metric, shard)
        part = self.shards.get(group)
        if part is None:
            self.shards[group] = [1, value]
        else:
            part[0] += 1
            part[1] += value
