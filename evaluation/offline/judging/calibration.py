"""How a judge version agrees with people, looked at closely: by tag, and answer by answer."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from evaluation.domain.judge.agreement import Agreement, agreement
from evaluation.offline.judging.standing import (
    Standing,
    marks_by_result,
    scores_of,
    standings_of,
)
from evaluation.offline.models import CaseResult, JudgeMark, Judgement, JudgeVersion

APART_SHOWN = 30
APART = 2  # points: who differs by one may both be right
OFTEN = 5  # marked answers from which on the figures of a tag are worth a look
WITHOUT_TAGS = "without a tag"


@dataclass(frozen=True)
class TagLine:
    """The agreement on the cases of one tag; `answers` of them are marked."""

    tag: str
    answers: int
    found: Agreement


@dataclass(frozen=True)
class Apart:
    """An answer on which the judge and a person are far apart. `judgement` is the counted one."""

    result: CaseResult
    marks: list[JudgeMark]
    score: int
    judgement: Judgement | None
    gap: int


@dataclass(frozen=True)
class Calibration:
    """All of it. `people` is how far people agree where two marked the same answer.

    `without_score` marked answers were not scored by this version yet.
    """

    version: JudgeVersion
    standing: Standing
    by_tag: list[TagLine]
    people: Agreement
    apart: list[Apart]
    without_score: int
    enough: ClassVar[int] = OFTEN

    @property
    def often(self) -> list[TagLine]:
        """The tags with enough marked answers to look at their figures."""
        return [line for line in self.by_tag if line.answers >= OFTEN]

    @property
    def seldom(self) -> list[TagLine]:
        """The other tags: their figures are a matter of one answer or two."""
        return [line for line in self.by_tag if line.answers < OFTEN]


def calibration_of(version: JudgeVersion) -> Calibration:
    """Return how `version` agrees with people's blind marks."""
    marks = marks_by_result([version.judge_id])[version.judge_id]
    scores = scores_of([version])[version.pk]
    both = [result for result in marks if result in scores]
    return Calibration(
        version=version,
        standing=standings_of([version])[version.pk],
        by_tag=_by_tag(both, marks, scores),
        people=agreement([pair for given in marks.values() for pair in _pairs_of(given)]),
        apart=_apart(version, both, marks, scores),
        without_score=len(marks) - len(both),
    )


def _pairs_of(given: list[JudgeMark]) -> Iterable[tuple[int, int]]:
    """Return the first two people's scores of one answer, in the order they were given."""
    ordered = sorted(given, key=lambda mark: mark.pk)
    return [(ordered[0].score, ordered[1].score)] if len(ordered) > 1 else []


def _by_tag(
    both: list[int], marks: dict[int, list[JudgeMark]], scores: dict[int, int]
) -> list[TagLine]:
    pairs: dict[str, list[tuple[int, int]]] = defaultdict(list)
    answers: dict[str, int] = defaultdict(int)
    tags = dict(CaseResult.objects.filter(pk__in=both).values_list("pk", "case__tags"))
    for result in both:
        for tag in tags[result] or [WITHOUT_TAGS]:
            answers[tag] += 1
            pairs[tag] += [(mark.score, scores[result]) for mark in marks[result]]
    names = sorted(pairs, key=lambda tag: (-answers[tag], tag))
    return [TagLine(tag, answers[tag], agreement(pairs[tag])) for tag in names]


def _apart(
    version: JudgeVersion,
    both: list[int],
    marks: dict[int, list[JudgeMark]],
    scores: dict[int, int],
) -> list[Apart]:
    """Return the answers with the widest gaps first."""
    gaps = {
        result: max(abs(mark.score - scores[result]) for mark in marks[result]) for result in both
    }
    widest = sorted((r for r in both if gaps[r] >= APART), key=lambda r: (-gaps[r], r))
    shown = widest[:APART_SHOWN]
    results = CaseResult.objects.select_related("case", "run").in_bulk(shown)
    given = {
        row.result_id: row
        for row in Judgement.objects.filter(judge=version, result__in=shown).order_by("-pk")
        if row.score == scores[row.result_id]
    }
    by_people = defaultdict(list)
    blind = JudgeMark.objects.filter(judge=version.judge_id, result__in=shown, blind=True)
    for mark in blind.select_related("person"):
        by_people[mark.result_id].append(mark)
    return [Apart(results[pk], by_people[pk], scores[pk], given.get(pk), gaps[pk]) for pk in shown]
