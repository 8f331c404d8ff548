"""Say what each column of a table is, and make cases of its rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.offline.cases import CASES, BadCase, NewCase, faults_of, read_case
from evaluation.offline.import_json import parse_json
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
    "messages": "messages (a conversation; kept, not sent yet)",
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
SEVERAL = ("context", "tags")  # what may stand in several columns
_OBJECTS = ("inputs", "checks", "messages")  # what a text cell holds as JSON


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
        elif target in chosen.values() and target not in SEVERAL:
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
            case = _read(row, mapping, texts=table.texts, default_id=f"case-{number:04}")
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
        if target not in (IGNORE, VARIABLE, *SEVERAL) and len(columns) > 1:
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


def _read(row: Row, mapping: Mapping[str, str], *, texts: bool, default_id: str) -> NewCase:
    if row.fault:
        raise BadCase([row.fault])
    fields: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    for column, cell in row.cells.items():
        target = mapping.get(column, IGNORE)
        value = _from_text(target, cell) if texts and isinstance(cell, str) else cell
        if target == VARIABLE:
            variables[variable_name(column)] = "" if value is None else value
        elif target in SEVERAL and fields.get(target):
            fields[target] = [*_listed(target, fields[target]), *_listed(target, value)]
        elif target != IGNORE:
            fields[target] = value
    if variables:
        given = fields.get("inputs") or {}
        fields["inputs"] = {**given, **variables} if isinstance(given, dict) else given
    return read_case(fields, default_id=default_id)


def _from_text(target: str, cell: str) -> Any:
    """Return what a text cell holds: JSON for lists and objects. Raises BadCase.

    A context that is a JSON list of texts is several passages; any other is one.
    """
    if target in _OBJECTS and cell.strip():
        try:
            return parse_json(cell)
        except ValueError as error:
            raise BadCase([f"{target} is not JSON: {error}."]) from None
    if target == "context" and cell.startswith("["):
        passages = passages_of(cell)
        return cell if passages is None else passages
    return cell


def passages_of(cell: str) -> list[str] | None:
    """Return the passages that a cell of CSV lists as JSON; None when it lists none."""
    try:
        read = parse_json(cell)
    except ValueError:
        return None
    is_list = isinstance(read, list) and all(isinstance(item, str) for item in read)
    return read if is_list else None


def _listed(target: str, value: Any) -> list[Any]:
    """Return a value as a list, to join those of several columns."""
    if isinstance(value, str):
        parts = re.split(r"[,;]", value) if target == "tags" else [value]
        return [part for part in parts if part]
    return list(value) if isinstance(value, list | tuple) else [value] if value else []
