"""What the watcher reads: sums of each metric, by arm, segment and shard."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

SHARDS = 64  # groups of units: the bucket modulo this


@dataclass(frozen=True)
class Sums:
    """n values, their total and the total of their squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """The mean; 0 of nothing."""
        return self.total / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """The sample variance (n - 1); 0 of fewer than two values."""
        if self.n < 2:
            return 0.0
        return max(0.0, (self.squares - self.total**2 / self.n) / (self.n - 1))


@dataclass(frozen=True)
class ArmFigures:
    """One metric of one arm in one segment.

    `shards` gives (n, total) of each group of units that has any. `since` holds, for each
    planned restart in order, the sums of what came after it; restarts that lie ahead are absent.
    """

    sums: Sums = Sums()
    shards: Mapping[int, tuple[int, float]] = field(default_factory=dict)
    since: tuple[Sums, ...] = ()


@dataclass(frozen=True)
class Stratum:
    """One metric in one segment: control and treatment at the same time under one share."""

    percent: float
    control: ArmFigures
    treatment: ArmFigures


@dataclass(frozen=True)
class Ratio:
    """The calls of one segment that say epoch and bucket: {shard: (both arms, treatment)}."""

    percent: float
    shards: Mapping[int, tuple[int, int]]


@dataclass(frozen=True)
class Figures:
    """All that one answer rests on.

    `strata` are by metric, the segments in time, the present one last: of every metric the same
    segments, empty where it has no value. `ratio` likewise.
    `assigned` and `misassigned` count calls of both arms whose arm could be computed again.
    `newest_control` and `newest_treatment` are when each arm was last heard of in the present
    segment.
    """

    strata: Mapping[str, tuple[Stratum, ...]]
    ratio: tuple[Ratio, ...] = ()
    assigned: int = 0
    misassigned: int = 0
    newest_control: datetime | None = None
    newest_treatment: datetime | None = None
