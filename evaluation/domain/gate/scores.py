"""One judge's scores of both versions, case by case, and what is missing of them.

A missing score is never dropped in silence: `filled` puts the worst, or the best, of the
scale in its place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum

from evaluation.domain.gate.compare import Pair
from evaluation.domain.gate.evidence import CaseOutcome, JudgeRule

TINY = 1e-9  # far below any difference between scores, far above the error of a float


@dataclass(frozen=True)
class Score:
    """A judge's value of one version on one case, None without any score.

    `gap` is the share of the answers without a score, `why` the reason when all are.
    """

    value: float | None
    gap: float = 0.0
    why: str = ""

    @property
    def known(self) -> float:
        """The value of a score that is there. Raises ValueError for one that is not."""
        if self.value is None:
            raise ValueError(self.why)
        return self.value

    def filled(self, extreme: float) -> float:
        """Return the value had every missing score been `extreme`."""
        return extreme if self.value is None else (1 - self.gap) * self.value + self.gap * extreme


@dataclass(frozen=True)
class Line:
    """One case that the judge is for. `source` is shared by cases that count as one."""

    case: str
    source: tuple[str, str]
    ours: Score
    theirs: Score | None

    @property
    def trouble(self) -> str:
        """Why a version has no score here, or "" when each has one."""
        if self.ours.value is None:
            return f"{self.ours.why} (candidate)"
        if self.theirs and self.theirs.value is None:
            return f"{self.theirs.why} (production's version)"
        return ""

    @property
    def gap(self) -> float:
        """The shares of answers without a score, of both versions together; 0 when all have one."""
        return self.ours.gap + (self.theirs.gap if self.theirs else 0.0)


def lines_of(pairs: Sequence[Pair], rule: JudgeRule) -> list[Line]:
    """Return the cases that the judge is for, in their order.

    A case without any answer may be one of them, so it is counted as one.
    """
    return [
        Line(
            case=pair.case,
            source=_source(pair),
            ours=_score(pair.candidate, rule),
            theirs=_score(pair.baseline, rule) if pair.baseline else None,
        )
        for pair in pairs
        if _applies(pair, rule.name)
    ]


def by_source(lines: Sequence[Line], value: Callable[[Line], float]) -> list[float]:
    """Return one value for each source: the mean over its cases."""
    found: dict[tuple[str, str], list[float]] = {}
    for line in lines:
        found.setdefault(line.source, []).append(value(line))
    return [fsum(values) / len(values) for values in found.values()]


def _applies(pair: Pair, name: str) -> bool:
    arms = [arm for arm in (pair.candidate, pair.baseline) if arm]
    named = any(name in arm.scores or name in arm.unscored for arm in arms)
    return named or all(arm.error for arm in arms)


def _source(pair: Pair) -> tuple[str, str]:
    cluster = pair.candidate.cluster or (pair.baseline.cluster if pair.baseline else "")
    return ("cluster", cluster) if cluster else ("case", pair.case)


def _score(outcome: CaseOutcome, rule: JudgeRule) -> Score:
    value = outcome.scores.get(rule.name)
    if outcome.error or value is None:
        why = outcome.error or outcome.unscored.get(rule.name) or "There is no score."
        return Score(None, 1.0, why)
    if not rule.worst - TINY <= value <= rule.best + TINY:
        return Score(None, 1.0, f"The score {value} lies outside of the judge's scale.")
    return Score(value, outcome.gaps.get(rule.name, 0.0))
