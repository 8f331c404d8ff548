"""What a judge, and people, say of the answers to one case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.offline.models import JudgeMark, Judgement

FAR_APART = 2  # points between two scores of which one must be wrong


@dataclass(frozen=True)
class Scored:
    """The scores of one version's answers to a case: by the run, asked again, and by people."""

    rows: tuple[Judgement, ...] = ()
    again: tuple[Judgement, ...] = ()
    marks: tuple[JudgeMark, ...] = ()

    @property
    def points(self) -> list[int]:
        """The raw scores of 1 to 5 that count, one per answer that has one."""
        return [row.score for row in self.rows if row.score is not None]

    @property
    def value(self) -> float | None:
        """The mean on the judge's scale, None without a score."""
        values = [row.value for row in self.rows if row.value is not None]
        return sum(values) / len(values) if values else None

    @property
    def words(self) -> str:
        """`4 of 5`, `4, 5 and 4 of 5`, or that there is no score."""
        points = [str(point) for point in self.points]
        if not points:
            return "no score" if self.rows else "not asked"
        listed = " and ".join(filter(None, [", ".join(points[:-1]), points[-1]]))
        return f"{listed} of 5"

    @property
    def error(self) -> str:
        """Why a score is missing, or ""."""
        return next((row.error or "No score." for row in self.rows if row.score is None), "")

    @property
    def disagreed(self) -> str:
        """Why these scores are not to be relied on, or "": they, or people, are far apart."""
        points = [*self.points, *(row.score for row in self.again if row.score is not None)]
        if points and max(points) - min(points) >= FAR_APART:
            return f"The judge gave from {min(points)} to {max(points)} for this."
        for mark in self.marks:
            if any(abs(mark.score - point) >= FAR_APART for point in points):
                return f"{mark.person} would have given {mark.score}."
        return ""


@dataclass(frozen=True)
class JudgeLine:
    """One judge on one case, for both versions; `asked`: it is being asked again now."""

    name: str
    version: int
    label: str
    gating: bool
    candidate: Scored
    baseline: Scored
    asked: bool = False

    @classmethod
    def of(
        cls, judge: Mapping[str, Any], candidate: Scored, baseline: Scored, *, asked: bool = False
    ) -> "JudgeLine":
        """Make a line of a judge as a run keeps it."""
        return cls(
            name=judge["name"],
            version=judge["version"],
            label=f"{judge['name']} v{judge['number']}",
            gating=judge.get("gating", True),
            candidate=candidate,
            baseline=baseline,
            asked=asked,
        )

    @property
    def change(self) -> float | None:
        """The candidate's value minus that of production's version; None where one lacks."""
        ours, theirs = self.candidate.value, self.baseline.value
        return None if ours is None or theirs is None else ours - theirs
