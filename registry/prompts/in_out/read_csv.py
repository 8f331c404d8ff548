"""A CSV file: a prompt in each row. The first line names the columns."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import PurePosixPath

from registry.prompts.in_out.candidates import PARAMETERS, Candidate, broken, with_fields

IGNORE = ""
TARGETS: Mapping[str, str] = {
    IGNORE: "leave out",
    "name": "name",
    "prompt": "text of the prompt",
    "title": "title",
    "description": "description",
    "tags": "tags",
    **{key: f"parameter {key}" for key in PARAMETERS[:5]},
}
_SYNONYMS = {
    "act": "name", "id": "name", "key": "name", "slug": "name",
    "text": "prompt", "content": "prompt", "template": "prompt", "system": "prompt",
    "tag": "tags", "labels": "tags", "category": "tags", "notes": "description",
}  # fmt: skip
COLUMNS = 100


def head_of(text: str) -> list[str]:
    """Return the names of the columns; empty when the first line cannot be read."""
    try:
        return [name.strip() for name in next(_reader(text), [])]
    except csv.Error:
        return []


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Return what each column probably is; each target is given away once."""
    chosen: dict[str, str] = {}
    for column in columns:
        word = column.lower()
        target = word if word in TARGETS else _SYNONYMS.get(word, IGNORE)
        chosen[column] = IGNORE if target in chosen.values() else target
    return chosen


def samples(text: str, count: int = 2) -> list[list[str]]:
    """Return the cells of the first rows, as far as they can be read."""
    rows: list[list[str]] = []
    try:
        for row in _reader(text):
            rows.append(row)
            if len(rows) > count:
                break
    except csv.Error:
        pass
    return rows[1:]


def read(place: str, text: str, chosen: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield the prompts of a table, `chosen` saying what each column is, else guessed."""
    columns = head_of(text)
    targets = {**guess(columns), **{c: t for c, t in chosen.items() if t in TARGETS}}
    file = str(PurePosixPath(place).with_suffix(""))
    if fault := _fault(columns, targets):
        yield broken(place, file, fault)
        return
    reader = _reader(text)
    next(reader)
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield broken(f"{place}, line {line}", file, _explained(error))
            return
        if any(cell.strip() for cell in cells):
            row = f"{file} {line}"
            yield _candidate(f"{place}, line {line}", row, columns, cells, targets)


def _candidate(
    place: str, name: str, columns: list[str], cells: list[str], targets: Mapping[str, str]
) -> Candidate:
    if len(cells) != len(columns):
        return broken(
            place,
            name,
            f"{len(cells)} cells under {len(columns)} columns. Put texts that hold a comma in "
            "quotation marks.",
        )
    fields = {
        targets[column]: cell
        for column, cell in zip(columns, cells, strict=True)
        if targets[column] != IGNORE and cell.strip()
    }
    body = fields.pop("prompt", "")
    numbers = {key: _number(fields.pop(key)) for key in PARAMETERS[1:] if key in fields}
    return with_fields(Candidate(place, name, body, made_up=True), {**fields, **numbers})


def _fault(columns: list[str], targets: Mapping[str, str]) -> str:
    """Return why no row can be read, or nothing."""
    if not any(columns):
        return "The first line must name the columns, for example: name,prompt."
    if len(columns) > COLUMNS:
        return f"{len(columns)} columns; at most {COLUMNS} can be read."
    if "" in columns:
        return "A column has no name. Name it in the first line, or delete it."
    if twice := next((column for column in columns if columns.count(column) > 1), ""):
        return f"Two columns are named {twice!r}. Rename one of them."
    wanted = [targets[column] for column in columns if targets[column]]
    if double := next((t for t in wanted if wanted.count(t) > 1), None):
        return f"Two columns are the {TARGETS[double]}. Leave one out."
    if "prompt" not in wanted:
        return "Say above which column holds the text of the prompts."
    return ""


def _number(cell: str) -> int | float | str:
    """Return the number in a cell; other text as it is."""
    try:
        return int(cell)
    except ValueError:
        try:
            return float(cell)
        except ValueError:
            return cell


def _reader(text: str) -> Iterator[list[str]]:
    """Return the rows; a table saved where the comma is a decimal sign has semicolons."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count) if "," not in first else ","
    return csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _explained(error: csv.Error) -> str:
    if "field larger" in str(error):
        return (
            "A cell is longer than 128 KiB. Give this prompt as a file of its own; nothing after "
            "it was read."
        )
    return f"The row cannot be read ({error}). Is a quotation mark open? Nothing after it was read."
