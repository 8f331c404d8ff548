"""The scores over a prompt's versions: each version's last run with a verdict, oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.offline.models import Run
from registry.prompts.models import Prompt

MOST = 30  # versions
RULES = "fixed rules"


@dataclass(frozen=True)
class Point:
    """One version: the share of cases that keep all rules, and each judge's mean."""

    run: Run
    values: dict[str, float]
    apart: bool  # judged by other cases or judges than the point before it

    @property
    def label(self) -> str:
        """The version's number."""
        return str(self.run.version.semver) if self.run.version else str(self.run.candidate)

    def row(self, names: Sequence[str]) -> list[float | None]:
        """Return its values in the order of `names`."""
        return [self.values.get(name) for name in names]


@dataclass(frozen=True)
class Trend:
    """The points with the names of what is drawn, the fixed rules first."""

    names: tuple[str, ...]
    points: tuple[Point, ...]

    @property
    def rows(self) -> list[tuple[Point, list[float | None]]]:
        """Each point with its values, as a table shows them; the newest first."""
        return [(point, point.row(self.names)) for point in reversed(self.points)]

    @property
    def apart(self) -> bool:
        """Is some line broken?"""
        return any(point.apart for point in self.points)

    def document(self) -> dict[str, Any]:
        """Return labels and lines for a chart; a null breaks the lines where the bar changed."""
        labels: list[str] = []
        lines: list[list[float | None]] = [[] for _ in self.names]
        for point in self.points:
            if point.apart:
                labels.append("")
                for line in lines:
                    line.append(None)
            labels.append(point.label)
            for line, value in zip(lines, point.row(self.names), strict=True):
                line.append(value)
        return {"labels": labels, "names": list(self.names), "lines": lines}


def trend_of(prompt: Prompt) -> Trend:
    """Return the trend of `prompt`; of more than 30 versions, of the newest."""
    rows = (
        Run.objects.filter(
            prompt=prompt, version__isnull=False, state__in=Run.CONCLUDED, smoke=False
        )
        .select_related("version", "snapshot")
        .only(
            *("judges", "metrics", "state", "simulated", "created_at", "snapshot__number"),
            *("snapshot__dataset", "connection", "version__revision", "version__major"),
            *("version__minor", "version__patch", "version__prompt"),
        )
        .order_by("-version__revision", "-pk")
    )
    last: dict[int, Run] = {}
    for run in rows[: MOST * 3]:
        if run.version_id and run.metrics.get("pass_rate", {}).get("mean") is not None:
            last.setdefault(run.version_id, run)
    runs = list(last.values())[:MOST][::-1]
    points = [
        Point(run, _values(run), apart=before is not None and _bar(before) != _bar(run))
        for before, run in zip([None, *runs], runs, strict=False)
    ]
    judges = dict.fromkeys(name for point in points for name in point.values if name != RULES)
    return Trend((RULES, *judges) if points else (), tuple(points))


def _values(run: Run) -> dict[str, float]:
    means = {judge["name"]: run.metrics.get(judge["name"], {}).get("mean") for judge in run.judges}
    found = {RULES: run.metrics["pass_rate"]["mean"], **means}
    return {name: round(value, 4) for name, value in found.items() if value is not None}


def _bar(run: Run) -> tuple[Any, ...]:
    """What must be the same for two means to be comparable."""
    return run.snapshot_id, run.connection, sorted(judge["digest"] for judge in run.judges)
