"""What came in lately, for people: by door and outcome, and by the versions that were called."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Sum

from evaluation.domain.watch.guardrails import QUALITY
from evaluation.online.models import IntakeCount, Rollup
from registry.projects.models import Project

DAYS = 7
MOST_VERSIONS = 50
TOLD = ("latency", "tokens", "cost")
COUNTED = ("taken", "again", "waiting")  # everything else was refused


@dataclass(frozen=True)
class Line:
    """What came through one door with one outcome: how often, and the last of it."""

    door: str
    outcome: str
    n: int
    last_at: datetime
    example: str

    @property
    def refused(self) -> bool:
        """Was it not counted?"""
        return self.outcome not in COUNTED


@dataclass
class Called:
    """The calls of one version in one arm. `measured` gives the share of calls by metric."""

    prompt: str
    semver: str
    arm: str
    calls: int = 0
    last: datetime | None = None
    sums: dict[str, int] = field(default_factory=dict)

    @property
    def measured(self) -> list[tuple[str, int]]:
        """What was told of the calls, each with the share of them in percent, at most 100."""
        told = [m for m in self.sums if m in TOLD or m.startswith(QUALITY)]
        return [(m.removeprefix(QUALITY), self._share(m)) for m in told]

    def _share(self, metric: str) -> int:
        return min(100, round(100 * self.sums[metric] / self.calls)) if self.calls else 100


def lines_of(project: Project, *, now: datetime) -> list[Line]:
    """Return what came in the last days: what was refused first, then by door."""
    rows = (
        IntakeCount.objects.filter(project=project, day__gt=(now - timedelta(days=DAYS)).date())
        .order_by("door", "outcome", "last_at")
        .values_list("door", "outcome", "n", "last_at", "example")
    )
    sums: dict[tuple[str, str], Line] = {}
    for door, outcome, n, last_at, example in rows:
        before = sums.get((door, outcome))
        total = n + (before.n if before else 0)
        sums[door, outcome] = Line(door, outcome, total, last_at, example)
    return sorted(sums.values(), key=lambda line: (not line.refused, line.door, -line.n))


def called_of(project: Project, *, now: datetime) -> list[Called]:
    """Return by which versions calls came in the last days, the busiest first."""
    prompt, version = "series__prompt__name", "series__version__"
    numbers = (version + "major", version + "minor", version + "patch")
    rows = (
        Rollup.objects.filter(
            series__prompt__project=project,
            minutes=Rollup.Length.HOUR,
            start__gt=now - timedelta(days=DAYS),
        )
        .order_by()
        .values_list(prompt, *numbers, "series__arm", "metric")
        .annotate(n=Sum("n"), last=Max("start"))
    )
    found: dict[tuple[str, str, str], Called] = {}
    for name, major, minor, patch, arm, metric, n, last in rows:
        semver = f"{major}.{minor}.{patch}"
        called = found.setdefault((name, semver, arm), Called(name, semver, arm))
        called.sums[metric] = n
        if metric == "error":
            called.calls, called.last = n, last
    for called in found.values():
        called.sums = dict(sorted(called.sums.items()))
    return sorted(found.values(), key=lambda called: (-called.calls, called.prompt, called.semver))
