"""Read JSON (a list of objects) or JSONL (one object a line) as a table."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Never

from evaluation.offline.tables import COLUMNS, Row, Table, TableError
from registry.domain.strict_json import StrictError, strict


def read(text: str) -> Table:
    """Return one row per object; its keys are the columns, in the order they first appear.

    Raises TableError when the whole is not JSON; a bad line of JSONL is a fault of its row.
    """
    start = text.lstrip()
    if not start:
        raise TableError("The file is empty.")
    rows = tuple(_from_list(text) if start[0] == "[" else _from_lines(text))
    columns = tuple(dict.fromkeys(key for row in rows for key in row.cells))
    if len(columns) > COLUMNS:
        raise TableError(f"{len(columns)} different keys; at most {COLUMNS} can be read.")
    return Table(columns, rows)


def _from_list(text: str) -> Iterator[Row]:
    try:
        items = parse_json(text)
    except ValueError as error:
        raise TableError(f"This is not JSON: {error}.") from None
    return _rows((f"item {number}", item) for number, item in enumerate(items, 1))


def _from_lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            item = parse_json(line)
        except ValueError as error:
            yield Row(f"line {number}", {}, f"This line is not JSON: {error}.")
        else:
            yield from _rows([(f"line {number}", item)])


def _rows(items: Iterable[tuple[str, Any]]) -> Iterator[Row]:
    for place, item in items:
        if not isinstance(item, dict):
            yield Row(place, {}, 'Each case is an object such as {"id": "1", "query": "…"}.')
            continue
        try:  # before anything is shown: a page cannot hold half of a character either
            yield Row(place, strict(item, "The case"))
        except StrictError as error:
            yield Row(place, {}, str(error))


def parse_json(text: str) -> Any:
    """Parse strict JSON: no NaN, no key twice. Raises ValueError with the place or the reason."""
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if "\n" in text else ""
        raise ValueError(f"{error.msg} at {line}column {error.colno}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("an object has the same key twice")
    return read


def _refuse(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")
