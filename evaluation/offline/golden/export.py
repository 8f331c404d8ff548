"""Write the cases of a snapshot as a file that an import reads back as the same cases.

CSV has a column for each field and one `var:NAME` for each variable that every case fills with
text; other variables stand in `inputs` as JSON. JSON and JSONL leave empty fields out.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evaluation.offline.cases import NewCase
from evaluation.offline.columns import PREFIX, passages_of
from evaluation.offline.import_csv import EXPORTED
from registry.domain.csv_cells import BOM, csv_lines

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}


def file_of(cases: Sequence[NewCase], form: str) -> Iterator[str]:
    """Yield the text of the file in `form`, a key of FORMATS, piece by piece."""
    return {"csv": csv_of, "json": json_of, "jsonl": jsonl_of}[form](cases)


def jsonl_of(cases: Iterable[NewCase]) -> Iterator[str]:
    """Yield one object a line."""
    return (f"{_dumped(_fields(case))}\n" for case in cases)


def json_of(cases: Iterable[NewCase]) -> Iterator[str]:
    """Yield a list of objects, each on a line, so that two files compare by lines."""
    yield "["
    between = "\n"
    for case in cases:
        yield between + _dumped(_fields(case))
        between = ",\n"
    yield "\n]\n"


def csv_of(cases: Sequence[NewCase]) -> Iterator[str]:
    """Yield a table for a spreadsheet: with a byte order mark, and no cell that it would run."""
    variables = _text_variables(cases)
    head = [*EXPORTED, *(PREFIX + name for name in variables)]
    yield BOM
    yield from csv_lines([head])
    yield from csv_lines(_cells(case, variables) for case in cases)


def _text_variables(cases: Sequence[NewCase]) -> list[str]:
    """Return the variables that are a text in every case, by name.

    The others would not come back: a cell cannot say whether it is empty or not given, or
    whether 5 is a number.
    """
    if not cases:
        return []
    shared = set(cases[0].inputs)
    for case in cases:
        shared &= {name for name, value in case.inputs.items() if isinstance(value, str)}
    return sorted(shared)


def _cells(case: NewCase, variables: Sequence[str]) -> list[str]:
    other = {name: value for name, value in case.inputs.items() if name not in variables}
    return [
        case.case_id,
        case.query,
        _context_cell(case.context),
        case.reference,
        "; ".join(case.tags),
        case.cluster,
        *(_dumped(_sorted(part)) if part else "" for part in (other, case.checks, case.messages)),
        *(str(case.inputs[name]) for name in variables),
    ]


def _context_cell(context: Sequence[str]) -> str:
    """Return one passage as it is, several as a JSON list; so too what would be read as one."""
    if not context:
        return ""
    alone = context[0] if len(context) == 1 else ""
    return alone if alone and passages_of(alone) is None else _dumped(context)


def _fields(case: NewCase) -> dict[str, Any]:
    """Return the fields that the case fills, the id first."""
    document = {"id": case.case_id, **case.document()}
    return {name: _sorted(document[name]) for name in EXPORTED if document.get(name)}


def _dumped(value: Any) -> str:
    """Return the JSON of `value`, its keys in the order they stand in."""
    return json.dumps(value, ensure_ascii=False)


def _sorted(value: Any) -> Any:
    """Return a copy with sorted keys: not every database keeps their order."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value
