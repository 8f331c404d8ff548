"""Read a CSV file as a table: the first line names the columns."""

import csv
from collections.abc import Iterator
from io import StringIO

from evaluation.offline.tables import COLUMNS, Row, Table, TableError


def read(text: str) -> Table:
    """Return the rows of `text`. Raises TableError when there is no usable head line.

    A row with too many or too few cells carries its fault; blank rows are left out.
    """
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
    except csv.Error as error:
        raise TableError(f"The first line cannot be read: {error}.") from None
    columns = tuple(name.strip() for name in head)
    _check_head(columns)
    return Table(columns, tuple(_rows(reader, columns)))


def _check_head(columns: tuple[str, ...]) -> None:
    if not any(columns):
        raise TableError("The file is empty. Its first line must name the columns.")
    if len(columns) > COLUMNS:
        raise TableError(f"{len(columns)} columns; at most {COLUMNS} can be read.")
    for name in columns:
        if not name:
            raise TableError("A column has no name. Name it in the first line, or delete it.")
        if columns.count(name) > 1:
            raise TableError(f"Two columns are named {name!r}. Rename one of them.")


def _rows(reader: Iterator[list[str]], columns: tuple[str, ...]) -> Iterator[Row]:
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
            yield Row(place, dict(zip(columns, cells, strict=True)))


def _explain(error: csv.Error) -> str:
    if "field limit" in str(error):
        return "A cell is longer than 64 KiB. Nothing after it was read."
    return f"The row cannot be read ({error}). Is a quotation mark open? Nothing after it was read."
