"""Read a CSV file as a table: the first line names the columns."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from threading import Lock

from evaluation.offline.tables import COLUMNS, Row, Table, TableError
from registry.domain.csv_cells import plain_cell

EXPORTED = (
    *("id", "query", "context", "reference", "tags", "cluster"),
    *("inputs", "checks", "messages"),
)  # the columns that a file exported here begins with
LONGEST_CELL = 16 * 1024 * 1024  # more than a whole file may have: fields have their own limits
_LIMIT = Lock()


def read(text: str) -> Table:
    """Return the rows of `text`. Raises TableError when there is no usable head line.

    A row with too many or too few cells carries its fault; blank rows are left out.
    """
    with _long_cells():
        reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        try:
            head = next(reader, [])
        except csv.Error as error:
            raise TableError(f"The first line cannot be read: {error}.") from None
        columns = tuple(name.strip() for name in head)
        _check_head(columns)
        return Table(columns, tuple(_rows(reader, columns)), texts=True)


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be as long as a file, so that a long one is a fault of its row alone.

    The module's limit is one for the process; whoever else reads meanwhile has limits of
    their own behind it.
    """
    with _LIMIT:
        before = csv.field_size_limit(LONGEST_CELL)
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _delimiter(text: str) -> str:
    """Return what stands between cells: semicolons where the comma is a decimal sign."""
    head = text.partition("\n")[0]
    return "," if "," in head else max(",;\t", key=head.count)


def _check_head(columns: tuple[str, ...]) -> None:
    if not any(columns):
        raise TableError("The file is empty. Its first line must name the columns.")
    if len(columns) > COLUMNS:
        raise TableError(f"{len(columns)} columns; at most {COLUMNS} can be read.")
    for name in columns:
        if not name:
            raise TableError("A column has no name. Name it in the first line, or delete it.")
        if columns.count(name) > 1:
            raise TableError(f"Two columns are named {name[:80]!r}. Rename one of them.")


def _rows(reader: Iterator[list[str]], columns: tuple[str, ...]) -> Iterator[Row]:
    # A file of ours has an apostrophe before what a spreadsheet would run; others may mean it.
    ours = columns[: len(EXPORTED)] == EXPORTED
    # `line_num` counts line ends, so a row starts one line after the row before it ended.
    start = reader.line_num + 1  # type: ignore[attr-defined]
    while True:
        place = f"line {start}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(place, {}, _explain(error))
            return
        start = reader.line_num + 1  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            fault = (
                f"{len(cells)} cells under {len(columns)} columns. Put texts that hold a comma "
                "in quotation marks."
            )
            yield Row(place, {}, fault)
        else:
            texts = map(plain_cell, cells) if ours else cells
            yield Row(place, dict(zip(columns, texts, strict=True)))


def _explain(error: csv.Error) -> str:
    return f"The row cannot be read ({error}). Is a quotation mark open? Nothing after it was read."
