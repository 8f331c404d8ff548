"""The cases of a run as CSV, one row per case; cells are safe in a spreadsheet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from registry.domain.csv_cells import BOM, csv_lines

Case = Mapping[str, Any]
FIRST = ("id", "group", "tags", "query", "why", "judge_disagreed")
ARMS = ("candidate", "baseline")
OF_AN_ARM = ("output", "error", "passed", "latency_ms", "cost", "model")


def csv_of(head: Mapping[str, Any], cases: Iterable[Case]) -> Iterator[str]:
    """Yield the lines: the case, then answer and scores of the candidate and of the baseline.

    Scores are on each judge's scale; the text of the first answer stands for further ones.
    """
    judges = [judge["name"] for judge in head["judges"]]
    arms = ARMS if head["baseline"] else ARMS[:1]
    columns = [f"{arm}_{name}" for arm in arms for name in (*OF_AN_ARM, *judges)]
    yield BOM + next(csv_lines([[*FIRST, *columns]]))
    yield from csv_lines(_cells(case, arms, judges) for case in cases)


def _cells(case: Case, arms: Sequence[str], judges: Sequence[str]) -> list[object]:
    cells: list[object] = [case["id"], case["group"], " ".join(case["tags"])]
    cells += [case["query"], case["why"], "yes" if case["judge_disagreed"] else ""]
    for arm in arms:
        answers = case[arm] or [{}]
        cells += [_plain(answers[0].get(name)) for name in OF_AN_ARM]
        cells += [_score(case["scores"].get(judge), arm) for judge in judges]
    return cells


def _score(judged: Mapping[str, Any] | None, arm: str) -> object:
    said = judged and judged[arm]
    return said and said["value"]


def _plain(value: object) -> object:
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
