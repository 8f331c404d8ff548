"""Which answer a person marks next: the same ones for everybody, in an order nobody chose."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Q, QuerySet
from django.db.models.functions import MD5

from evaluation.domain.judge.rubric import CONTEXT, REFERENCE
from evaluation.offline.cases import HOLDOUT
from evaluation.offline.judging.asking import holds
from evaluation.offline.models import CaseResult, Judge, JudgeMark, Judgement, JudgeVersion
from registry.projects.models import Person

LOOKED_AT = 2_000  # of the newest answers of the project


@dataclass(frozen=True)
class Sample:
    """The next answer for one person, or None, and how far they are.

    `mine` counts their blind marks, `all` the answers marked by anybody, `left` what they
    could still mark.
    """

    next: CaseResult | None
    mine: int
    all: int
    left: int


def sample_for(version: JudgeVersion, person: Person) -> Sample:
    """Return what `person` marks next for the judge of `version`.

    Answers that somebody else has marked come first, so that people can be compared with
    each other; then those the judge has scored already; among them a fixed shuffled order,
    so that nobody picks what to mark. The same words for the same case come once; held-out
    cases never, since whoever writes prompts may mark.
    """
    marks = JudgeMark.objects.filter(judge=version.judge_id, blind=True)
    marked = dict.fromkeys(marks.values_list("result", flat=True), True)
    mine = marks.filter(person=person).count()
    # Also what they marked with the score in sight: it cannot be marked a second time.
    seen = set(
        JudgeMark.objects.filter(judge=version.judge_id, person=person).values_list(
            "result", flat=True
        )
    )
    waiting = [pk for pk in _order(version.judge, marked) if pk not in seen]
    return Sample(_first(version, waiting), mine, len(marked), len(waiting))


def _first(version: JudgeVersion, waiting: list[int]) -> CaseResult | None:
    """Return the first answer whose case really holds what the judge needs."""
    rows = CaseResult.objects.select_related("case", "run__prompt", "run__snapshot__dataset")
    for pk in waiting:
        result = rows.get(pk=pk)
        if holds(result.case, version.needs):
            return result
    return None


def _order(judge: Judge, marked: dict[int, bool]) -> list[int]:
    """Return the answers that can be marked, in the order in which everybody sees them."""
    found = [*_distinct(_answers(judge).filter(pk__in=marked)), *_distinct(_newest(judge))]
    scored = set(
        Judgement.objects.filter(judge__judge=judge, result__in=found, last=True).values_list(
            "result", flat=True
        )
    )

    def place(pk: int) -> tuple[bool, bool, str]:
        return pk not in marked, pk not in scored, sha256(f"{judge.pk}:{pk}".encode()).hexdigest()

    return sorted(set(found), key=place)


def _answers(judge: Judge) -> "QuerySet[CaseResult]":
    """Return the answers of the project that hold, as far as SQL can tell, what is needed."""
    rows = CaseResult.objects.filter(
        run__prompt__project=judge.project_id, error="", taken_over=False
    ).exclude(output="")
    newest = judge.versions.first()
    needs = newest.needs if newest else []
    if CONTEXT in needs:
        rows = rows.filter(~Q(case__context=[]) | Q(case__inputs__has_key="context"))
    if REFERENCE in needs:
        rows = rows.exclude(case__reference="")
    return rows


def _newest(judge: Judge) -> "QuerySet[CaseResult]":
    return _answers(judge).order_by("-pk")[:LOOKED_AT]


def _distinct(rows: "QuerySet[CaseResult]") -> Iterator[int]:
    """Yield the ids of answers that say something new about a case, without held-out cases."""
    known = set()
    facts = rows.values_list(
        "pk", "case__case_id", "case__snapshot__dataset", "case__tags", MD5("output")
    )
    for pk, case, dataset, tags, digest in facts:
        if HOLDOUT not in tags and (case, dataset, digest) not in known:
            known.add((case, dataset, digest))
            yield pk
