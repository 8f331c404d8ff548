"""What each version gave on each case of a run, as the gate takes it: answers folded by case."""

from collections.abc import Iterator, Mapping

from evaluation.domain.checks import Result
from evaluation.domain.gate import CaseOutcome, fold
from evaluation.offline.judging.asking import holds
from evaluation.offline.models import Case, CaseResult, Judgement, Run
from evaluation.offline.pending import wanted
from evaluation.offline.plan import cases_of
from evaluation.offline.rules import judges_of

NOT_RUN = "This case was not run."
NOT_SCORED = "The judge was not asked."
CHUNK = 500
Arm = CaseResult.Arm
Scores = Mapping[int, Mapping[int, float | str]]


def outcomes_of(run: Run) -> tuple[list[CaseOutcome], list[CaseOutcome] | None]:
    """Return the outcomes of both arms, every case of the run in each."""
    candidate = outcomes_in(run, Arm.CANDIDATE.value)
    return candidate, outcomes_in(run, Arm.BASELINE.value) if run.baseline_id else None


def outcomes_in(run: Run, arm: str) -> list[CaseOutcome]:
    """Return the outcomes of one arm, every case of the run, in order; a part at a time."""
    return [outcome for cases in _parts_of(run) for outcome in _outcomes(run, arm, cases)]


def _parts_of(run: Run) -> Iterator[list[Case]]:
    """Yield the cases of the run in order, a part at a time: ten thousand fill a memory."""
    if run.smoke:
        yield cases_of(run.snapshot, smoke=True)
        return
    cases = run.snapshot.cases.order_by("position").defer("query", "messages", "tags", "checks")
    last = 0
    while part := list(cases.filter(position__gt=last)[:CHUNK]):
        yield part
        last = part[-1].position


def _outcomes(run: Run, arm: str, cases: list[Case]) -> Iterator[CaseOutcome]:
    rows: dict[tuple[int, int], CaseResult] = {}
    picked = run.results.filter(arm=arm, case__in=cases).defer("output", "finish_reason")
    for row in picked:
        rows[row.case_id, row.repeat] = row
    scores, answers = _scores(run, [row.pk for row in rows.values()]), wanted(run)
    for case in cases:
        yield fold(
            [
                _outcome(run, case, rows.get((case.pk, repeat)), scores)
                for repeat in range(1, answers(case.case_id) + 1)
            ]
        )


def _scores(run: Run, results: list[int]) -> Scores:
    """Return by result and judge version the value, or why there is none."""
    scores: dict[int, dict[int, float | str]] = {}
    if not judges_of(run):
        return scores
    said = Judgement.objects.filter(result__in=results, replay=None, last=True)
    for result, judge, value, error in said.values_list("result_id", "judge_id", "value", "error"):
        scores.setdefault(result, {})[judge] = error if value is None else value
    return scores


def _outcome(run: Run, case: Case, row: CaseResult | None, scores: Scores) -> CaseOutcome:
    """Return what one answer gave. Only one that came at the first call tells a latency."""
    if row is None or row.error:
        error = row.error if row else NOT_RUN
        return CaseOutcome(case.case_id, error=error, cluster=case.cluster)
    given = scores.get(row.pk, {})
    said = {
        judge["name"]: given.get(judge["version"], NOT_SCORED)
        for judge in judges_of(run)
        if judge["version"] in given or holds(case, judge["needs"])
    }
    timely = row.calls == 1 and not row.taken_over
    return CaseOutcome(
        case=case.case_id,
        results=tuple(Result.from_dict(check) for check in row.checks),
        latency_ms=row.latency_ms if timely else None,
        cost=float(row.cost) if row.cost is not None else None,
        scores={name: value for name, value in said.items() if not isinstance(value, str)},
        unscored={name: why for name, why in said.items() if isinstance(why, str)},
        cluster=case.cluster,
    )
