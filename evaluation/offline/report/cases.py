"""The cases of a run, each with both versions' answers, the rules on them, what judges said."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from evaluation.domain.checks import Outcome, Result
from evaluation.domain.gate import CaseOutcome
from evaluation.domain.gate.fold import fold
from evaluation.offline.models import (
    Case,
    CaseResult,
    JudgeMark,
    Judgement,
    JudgeVersion,
    Replay,
    Run,
)
from evaluation.offline.report.scored import JudgeLine, Scored
from registry.domain.diff.segments import Budget, Segment, compare_texts

SHOWN_CHARACTERS = 20_000  # of an answer on a page
MOST_REPLAYS = 100
SECONDS = 0.5  # for the word differences of all answers of a page
Arm = CaseResult.Arm
BROKEN = (Outcome.FAIL, Outcome.ERROR)


@dataclass(frozen=True)
class RuleLine:
    """One rule on one case, with what it said of each version's answer."""

    label: str
    candidate: Result | None
    baseline: Result | None

    @property
    def changed(self) -> bool:
        """Does the rule say something else of the candidate?"""
        both = self.candidate is not None and self.baseline is not None
        return both and self.candidate.outcome != self.baseline.outcome  # type: ignore[union-attr]

    @property
    def kept(self) -> bool:
        """Does neither answer break it?"""
        return not any(one and one.outcome in BROKEN for one in (self.candidate, self.baseline))

    @property
    def only_warns(self) -> bool:
        """Is it a rule that cannot block?"""
        one = self.candidate or self.baseline
        return one is not None and one.severity == "warning"


@dataclass(frozen=True)
class CaseLine:
    """One case with the answers of both versions by repeat, the first one first."""

    case: Case
    group: str
    answers: tuple[CaseResult, ...] = ()
    baseline_answers: tuple[CaseResult, ...] = ()
    judges: tuple[JudgeLine, ...] = ()
    difference: tuple[Segment, ...] = ()
    run: Run | None = None

    @property
    def candidate(self) -> CaseResult | None:
        """The candidate's first answer."""
        return self.answers[0] if self.answers else None

    @property
    def baseline(self) -> CaseResult | None:
        """The first answer of production's version."""
        return self.baseline_answers[0] if self.baseline_answers else None

    @cached_property
    def rules(self) -> list[RuleLine]:
        """Every rule that looked at an answer, in the order of the suite."""
        return rule_lines(folded(self.answers), folded(self.baseline_answers))

    @property
    def broken(self) -> list[RuleLine]:
        """The rules that either version breaks; they are what a reader needs."""
        return [rule for rule in self.rules if not rule.kept]

    @property
    def kept(self) -> int:
        """How many rules both versions keep."""
        return len(self.rules) - len(self.broken)

    @property
    def more(self) -> list[tuple[CaseResult, CaseResult | None]]:
        """The further answers of the second look, both versions' side by side."""
        theirs = dict(enumerate(self.baseline_answers))
        return [(row, theirs.get(at)) for at, row in enumerate(self.answers) if at]

    @property
    def why(self) -> str:
        """The first thing that speaks against the candidate's answer, or ""."""
        if self.candidate is None:
            return "There is no answer yet."
        if error := next((row.error for row in self.answers if row.error), ""):
            return error
        if error := next((row.error for row in self.baseline_answers if row.error), ""):
            return f"Production's version gave no answer: {error}"
        results = (rule.candidate for rule in self.rules)
        return next((r.reason for r in results if r and r.outcome in BROKEN), "")

    @property
    def disagreed(self) -> bool:
        """Are the scores of some judge here not to be relied on?"""
        return any(line.candidate.disagreed or line.baseline.disagreed for line in self.judges)

    @property
    def identical(self) -> bool:
        """Did both versions give the same answer, word for word?"""
        both = self.candidate and self.baseline and not (self.candidate.error + self.baseline.error)
        return bool(both) and self.candidate.output == self.baseline.output  # type: ignore[union-attr]


def case_lines(run: Run, ids: Sequence[str], *, diffed: bool = True) -> list[CaseLine]:
    """Return the cases `ids` of `run` in that order; the same few queries for any number.

    `diffed` also compares each pair of answers by words.
    """
    cases = {c.case_id: c for c in run.snapshot.cases.filter(case_id__in=ids)}
    answers: dict[tuple[int, str], list[CaseResult]] = defaultdict(list)
    rows = run.results.filter(case__in=[c.pk for c in cases.values()]).order_by("repeat")
    for row in rows:
        answers[row.case_id, row.arm].append(row)
    said = _said_of(run, [row for found in answers.values() for row in found])
    groups = {name: group for group, names in run.groups.items() for name in names}
    budget = Budget(SECONDS)
    found = []
    for case in (cases[name] for name in ids if name in cases):
        ours = answers[case.pk, Arm.CANDIDATE.value]
        theirs = answers[case.pk, Arm.BASELINE.value]
        found.append(
            CaseLine(
                case=case,
                group=groups.get(case.case_id, ""),
                answers=tuple(ours),
                baseline_answers=tuple(theirs),
                judges=tuple(_judge_lines(run, said, ours, theirs)),
                difference=_difference(ours, theirs, budget) if diffed else (),
                run=run,
            )
        )
    return found


def rule_lines(ours: Sequence[Result], theirs: Sequence[Result]) -> list[RuleLine]:
    """Put what the rules said of two answers side by side, in the order of the suite."""
    mine, other = ({result.check: result for result in found} for found in (ours, theirs))
    return [
        RuleLine((mine.get(key) or other[key]).label, mine.get(key), other.get(key))
        for key in mine | other
    ]


def results_of(row: CaseResult | None) -> tuple[Result, ...]:
    """Return what the rules said of one answer."""
    return tuple(Result.from_dict(check) for check in row.checks) if row else ()


def folded(rows: Sequence[CaseResult]) -> tuple[Result, ...]:
    """Return what the rules say of a case with several answers, as the gate reads them."""
    if not rows:
        return ()
    return fold([CaseOutcome("", results=results_of(row), error=row.error) for row in rows]).results


def _difference(
    ours: Sequence[CaseResult], theirs: Sequence[CaseResult], budget: Budget
) -> tuple[Segment, ...]:
    new = ours[0].output[:SHOWN_CHARACTERS] if ours else ""
    if not theirs or theirs[0].error or not ours or ours[0].error:
        # One answer alone is no change: nothing is marked.
        text = new or (theirs[0].output[:SHOWN_CHARACTERS] if theirs else "")
        return (Segment("equal", text),) if text else ()
    return compare_texts(theirs[0].output[:SHOWN_CHARACTERS], new, budget)


@dataclass(frozen=True)
class _Said:
    """What was said of some answers: by answer and judge version, and by answer and judge."""

    judge_of: Mapping[int, int]
    judged: Mapping[tuple[int, int], list[Judgement]]
    marked: Mapping[tuple[int, int], list[JudgeMark]]
    asked: Set[tuple[int, int]] = frozenset()  # answers and judge versions, asked again now

    def of(self, version: int, rows: Sequence[CaseResult]) -> Scored:
        """Return what the judge version and people say of one version's answers to a case."""
        found = [one for row in rows for one in self.judged.get((row.pk, version), ())]
        judge = self.judge_of.get(version, 0)
        return Scored(
            rows=tuple(one for one in found if one.run_id),
            again=tuple(one for one in found if one.replay_id),
            marks=tuple(mark for row in rows for mark in self.marked.get((row.pk, judge), ())),
        )


def _said_of(run: Run, rows: Iterable[CaseResult]) -> _Said:
    """Read the scores and marks of `rows`; no query for a run without a judge."""
    ids = [row.pk for row in rows]
    versions = [judge["version"] for judge in run.judges]
    if not versions or not ids:
        return _Said({}, {}, {})
    judge_of = dict(JudgeVersion.objects.filter(pk__in=versions).values_list("pk", "judge"))
    judged: dict[tuple[int, int], list[Judgement]] = defaultdict(list)
    found = Judgement.objects.filter(result__in=ids, judge__in=versions, last=True)
    for one in found.order_by("id"):
        judged[one.result_id, one.judge_id].append(one)
    marked: dict[tuple[int, int], list[JudgeMark]] = defaultdict(list)
    marks = JudgeMark.objects.filter(result__in=ids, judge__in=judge_of.values())
    for mark in marks.select_related("person").order_by("id"):
        marked[mark.result_id, mark.judge_id].append(mark)
    return _Said(judge_of, judged, marked, _asked_now(versions))


def _asked_now(versions: Sequence[int]) -> Set[tuple[int, int]]:
    """Return which answers these judge versions are being asked about again."""
    states = (Replay.State.QUEUED, Replay.State.RUNNING)
    replays = Replay.objects.filter(judge__in=versions, state__in=states)[:MOST_REPLAYS]
    return {(result, replay.judge_id) for replay in replays for result in replay.results}


def _judge_lines(
    run: Run, said: _Said, ours: Sequence[CaseResult], theirs: Sequence[CaseResult]
) -> Iterator[JudgeLine]:
    for judge in run.judges:
        candidate, baseline = (said.of(judge["version"], rows) for rows in (ours, theirs))
        if candidate.rows or baseline.rows:
            asked = any((row.pk, judge["version"]) in said.asked for row in (*ours, *theirs))
            yield JudgeLine.of(judge, candidate, baseline, asked=asked)
