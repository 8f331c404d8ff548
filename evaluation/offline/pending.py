"""What is still to be asked in a shard: the rows say what was, so any worker can go on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evaluation.offline.jobs import Desk, Job
from evaluation.offline.models import Case, CaseResult, Judgement, Run
from evaluation.offline.reuse import Copy
from evaluation.offline.rules import AGAIN

Arm = CaseResult.Arm


@dataclass(frozen=True)
class Pending:
    """`ready` depends on rows that are written; `fresh` are the first questions, in turns."""

    ready: list[Job | Copy]
    fresh: Iterator[Job]


def wanted(run: Run) -> Callable[[str], int]:
    """Return what tells how many answers of each version the case with an id gets."""
    again = set(run.again) if run.look > 1 else set()
    return lambda case: AGAIN if case in again else run.repeats


def answers_of(run: Run, cases: Sequence[str]) -> int:
    """Return how many answers the run takes in all, of both arms, for the ids `cases`."""
    arms = 2 if run.baseline_id else 1
    return arms * sum(map(wanted(run), cases))


def pending_of(desk: Desk, cases: Sequence[Case]) -> Pending:
    """Gather what is to be done for `cases`; asks the database a few times, once a shard."""
    by_id = {case.pk: case for case in cases}
    rows = list(
        desk.run.results.filter(case__in=by_id).only(
            "case_id", "arm", "repeat", "error", "model", "run_id"
        )
    )
    for row in rows:
        row.case = by_id[row.case_id]
    done = {(row.case_id, row.arm, row.repeat) for row in rows}
    ready: list[Job | Copy] = [*_judgings(desk, rows)]
    if desk.earlier:
        baseline = Arm.BASELINE.value
        ready += [
            desk.beside(row)
            for row in rows
            if row.arm == Arm.CANDIDATE and (row.case_id, baseline, row.repeat) not in done
        ]
    return Pending(ready, _fresh(desk, cases, done))


def _judgings(desk: Desk, rows: Sequence[CaseResult]) -> Iterator[Job]:
    """Yield what judges have not said of written answers."""
    given: dict[int, dict[int, int | None]] = {}
    asked = Judgement.objects.filter(result__in=rows, replay=None)
    for result, judge, ask, last in asked.order_by("ask").values_list(
        "result_id", "judge_id", "ask", "last"
    ):
        given.setdefault(result, {})[judge] = None if last else ask
    open_rows = [row for row in rows if any(desk.judgings(row, given.get(row.pk, {})))]
    outputs = dict(
        CaseResult.objects.filter(pk__in=[row.pk for row in open_rows]).values_list("pk", "output")
    )
    for row in open_rows:
        row.output = outputs[row.pk]
        yield from desk.judgings(row, given.get(row.pk, {}))


def _fresh(desk: Desk, cases: Sequence[Case], done: set[tuple[int, str, int]]) -> Iterator[Job]:
    """Yield what has no answer yet, both arms of a case together, so that time hits both alike.

    Where answers of the baseline are taken over, they follow the candidate's.
    """
    arms = [Arm.CANDIDATE.value] if desk.earlier else list(desk.askers)
    answers = wanted(desk.run)
    for number, case in enumerate(cases):
        for repeat in range(1, answers(case.case_id) + 1):
            turn = arms if (number + repeat) % 2 else arms[::-1]
            for arm in turn:
                if (case.pk, arm, repeat) not in done:
                    yield desk.answers(case, arm, repeat)
