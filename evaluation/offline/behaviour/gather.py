"""Gather the answers of both versions from their runs: sorted first, then a few read whole."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Subquery
from django.db.models.functions import Length, Substr

from evaluation.domain.checks import Outcome, Result
from evaluation.domain.gate import CaseOutcome
from evaluation.domain.gate.compare import Pair
from evaluation.offline.behaviour.shown import GROUPS, Answer, Behaviour, BehaviourCase
from evaluation.offline.behaviour.sources import Lack, Source, answers_of
from evaluation.offline.cases import HOLDOUT
from evaluation.offline.groups import group_of
from evaluation.offline.models import CaseResult
from evaluation.offline.outcomes import NOT_RUN
from evaluation.offline.report import RuleLine, results_of, rule_lines
from registry.domain.diff.segments import Budget, compare_texts
from registry.prompts.models import Version

OUTPUT_SHOWN = 4_000  # characters of an answer
SECONDS = 0.3  # for the word differences of all answers


def behaviour_of(old: Version, new: Version, *, limit: int = 50) -> Behaviour:
    """Return how `new` answers where `old` answered, with at most `limit` cases to read."""
    source = answers_of(old, new)
    if isinstance(source, Lack):
        return Behaviour(old, new, lack=source)
    found = _found(source)
    counts = Counter(one.group for one in found)
    held_out = Counter(one.group for one in found if one.held_out)
    order = list(GROUPS)
    open_ones = sorted(
        (one for one in found if not one.held_out),
        key=lambda one: (order.index(one.group), one.position),
    )
    cases = tuple(_cases(source, open_ones[:limit]))
    return Behaviour(old, new, cases, counts, held_out, source)


@dataclass(frozen=True)
class _Found:
    """A case that both versions were given."""

    pk: int
    position: int
    held_out: bool
    group: str


def _found(source: Source) -> list[_Found]:
    """Sort every case into its group; reads the checks only of cases that somebody failed."""
    rows = CaseResult.objects.filter(source.rows)
    failed = rows.filter(passed=False).values("case_id")
    checks = {
        (case, run, arm): tuple(map(Result.from_dict, found))
        for case, run, arm, found in rows.filter(case__in=Subquery(failed)).values_list(
            "case_id", "run_id", "arm", "checks"
        )
    }
    facts: dict[int, tuple[int, list[str], str]] = {}
    outcomes: dict[tuple[int, bool], CaseOutcome] = {}
    old = (source.old.run.pk, source.old.arm)
    for case, run, arm, error, position, tags, name in rows.values_list(
        *("case_id", "run_id", "arm", "error", "case__position", "case__tags", "case__case_id")
    ):
        facts[case] = (position, tags, name)
        is_old = (run, arm) == old
        results = checks.get((case, run, arm), ())
        outcomes[case, is_old] = CaseOutcome(str(case), results=results, error=error)
    missing, settled = CaseOutcome("", error=NOT_RUN), _settled(source)
    return [
        _Found(
            case,
            position,
            HOLDOUT in tags,
            settled.get(name)
            or group_of(
                Pair(
                    str(case),
                    outcomes.get((case, False), missing),
                    outcomes.get((case, True), missing),
                )
            ),
        )
        for case, (position, tags, name) in facts.items()
        if source.together or {(case, True), (case, False)} <= outcomes.keys()
    ]


def _settled(source: Source) -> dict[str, str]:
    """Return the groups that the gate put the cases in, which knows every repeated answer."""
    if not source.together or source.new.arm != CaseResult.Arm.CANDIDATE:
        return {}
    return {name: group for group, names in source.new.run.groups.items() for name in names}


def _cases(source: Source, chosen: Sequence[_Found]) -> Iterator[BehaviourCase]:
    """Yield the chosen cases with both answers, in their order."""
    rows = (
        CaseResult.objects.filter(source.rows, case__in=[one.pk for one in chosen])
        .select_related("case")
        .defer("output", "case__context", "case__reference", "case__checks", "case__messages")
        .annotate(start=Substr("output", 1, OUTPUT_SHOWN), size=Length("output"))
    )
    found = {(row.case_id, row.run_id, row.arm): row for row in rows}
    budget = Budget(SECONDS)
    for one in chosen:
        old, new = (found.get((one.pk, side.run.pk, side.arm)) for side in (source.old, source.new))
        row = new or old
        if row is not None:
            yield _case(source, one, row, old, new, budget)


def _case(
    source: Source,
    one: _Found,
    row: CaseResult,
    old: CaseResult | None,
    new: CaseResult | None,
    budget: Budget,
) -> BehaviourCase:
    before = _answer(old, simulated=source.old.run.simulated)
    after = _answer(new, simulated=source.new.run.simulated)
    rules = rule_lines(results_of(new), results_of(old))
    telling = tuple(
        rule for rule in rules if _is_broken(rule.candidate) or _is_broken(rule.baseline)
    )
    return BehaviourCase(
        case_id=row.case.case_id,
        group=one.group,
        query=row.case.query,
        inputs=row.case.inputs,
        old=before,
        new=after,
        difference=compare_texts(before.text, after.text, budget),
        why=_why(before, after, telling),
        rules=telling,
        kept=len(rules) - len(telling),
    )


def _answer(row: Any, *, simulated: bool) -> Answer:
    """Return the answer in a row, whose text came as `start` and `size`."""
    if row is None:
        return Answer("", 0, NOT_RUN, passed=False, simulated=simulated)
    return Answer(
        text=row.start,
        left_out=max(0, row.size - OUTPUT_SHOWN),
        error=row.error,
        passed=row.passed,
        simulated=simulated,
        model=row.model,
        latency_ms=row.latency_ms,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
    )


def _why(old: Answer, new: Answer, telling: Sequence[RuleLine]) -> str:
    """Return the first thing that speaks against the new answer, else against the old one."""
    if new.error:
        return new.error
    if old.error:
        return f"Before: {old.error}"
    broken = [rule.candidate for rule in telling if _is_broken(rule.candidate)]
    before = [rule.baseline for rule in telling if _is_broken(rule.baseline)]
    if broken and broken[0]:
        return broken[0].reason
    return f"Before: {before[0].reason}" if before and before[0] else ""


def _is_broken(result: Result | None) -> bool:
    return result is not None and result.outcome in (Outcome.FAIL, Outcome.ERROR)
