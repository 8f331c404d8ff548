"""Say what each column of a table is, and make cases of its rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.offline.cases import CASES, BadCase, NewCase, faults_of, read_case
from evaluation.offline.tables import Row, Table
from registry.domain.fields import NAME

IGNORE, VARIABLE = "", "variable"
TARGETS: Mapping[str, str] = {
    IGNORE: "leave out",
    "id": "id of the case",
    "query": "query (what the user says)",
    "context": "context (a passage to answer from)",
    "reference": "reference (a good answer)",
    "tags": "tags",
    "cluster": "cluster (rows from one document)",
    "inputs": "variables (an object)",
    "checks": "checks (a list)",
    VARIABLE: "a variable of the prompt",
}
_SYNONYMS = {
    "case_id": "id",
    "question": "query",
    "input": "query",
    "user": "query",
    "passage": "context",
    "document": "context",
    "answer": "reference",
    "best answer": "reference",
    "expected": "reference",
    "ideal": "reference",
    "tag": "tags",
    "variables": "inputs",
}
PREFIX = "var:"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where in the file."""

    place: str
    message: str


@dataclass(frozen=True)
class Reading:
    """The cases of a table, or why they cannot be taken: with any fault nothing is."""

    cases: tuple[NewCase, ...] = ()
    faults: tuple[Fault, ...] = field(default=())


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Return what each column probably is; each target is given away once."""
    chosen: dict[str, str] = {}
    for column in columns:
        name = column.lower().strip()
        target = name if name in TARGETS and name != VARIABLE else _SYNONYMS.get(name, IGNORE)
        if name.startswith(PREFIX):
            target = VARIABLE
        elif target in chosen.values():
            target = IGNORE
        chosen[column] = target
    return chosen


def variable_name(column: str) -> str:
    """Return the variable that a column stands for: `var:plan` and `Plan` give `plan`."""
    if column.startswith(PREFIX):
        return column.removeprefix(PREFIX).strip()
    return re.sub(r"\W+", "_", column.strip().lower(), flags=re.ASCII).strip("_")


def to_cases(table: Table, mapping: Mapping[str, str]) -> Reading:
    """Make a case of each row, `mapping` saying what each column is; all or nothing."""
    faults = [Fault("the columns", message) for message in _mapping_faults(table, mapping)]
    if faults:
        return Reading(faults=tuple(faults))
    if len(table.rows) > CASES:
        message = f"{len(table.rows):,} rows; a dataset holds at most {CASES:,} cases."
        return Reading(faults=(Fault("the file", message),))
    cases: list[NewCase] = []
    seen: dict[str, str] = {}
    for number, row in enumerate(table.rows, 1):
        try:
            case = _read(row, mapping, default_id=f"case-{number:04}")
        except BadCase as error:
            faults.extend(Fault(row.place, message) for message in error.messages)
            continue
        if case.case_id in seen:
            first = seen[case.case_id]
            faults.append(Fault(row.place, f"The id {case.case_id!r} stands on {first} already."))
        seen.setdefault(case.case_id, row.place)
        cases.append(case)
    if not faults:
        faults = [Fault("the file", message) for message in faults_of(cases)]
    return Reading(faults=tuple(faults)) if faults else Reading(tuple(cases))


def _mapping_faults(table: Table, mapping: Mapping[str, str]) -> list[str]:
    chosen = {column: mapping.get(column, IGNORE) for column in table.columns}
    found = []
    for target in TARGETS:
        columns = [column for column, given in chosen.items() if given == target]
        if target not in (IGNORE, VARIABLE) and len(columns) > 1:
            found.append(f"{' and '.join(columns)} are both the {target}. Choose one.")
    names = [variable_name(c) for c, given in chosen.items() if given == VARIABLE]
    for name in dict.fromkeys(names):
        if not NAME.fullmatch(name):
            found.append(f"{name!r} cannot name a variable: use letters, digits and _.")
        if names.count(name) > 1:
            found.append(f"Two columns would be the variable {name}. Leave one out.")
    if not any(chosen.values()):
        found.append("Say what at least one column is.")
    return found


def _read(row: Row, mapping: Mapping[str, str], *, default_id: str) -> NewCase:
    if row.fault:
        raise BadCase([row.fault])
    fields: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    for column, value in row.cells.items():
        target = mapping.get(column, IGNORE)
        if target == VARIABLE:
            variables[variable_name(column)] = "" if value is None else value
        elif target != IGNORE:
            fields[target] = value
    if variables:
        given = fields.get("inputs") or {}
        fields["inputs"] = {**given, **variables} if isinstance(given, dict) else given
    return read_case(fields, default_id=default_id)
