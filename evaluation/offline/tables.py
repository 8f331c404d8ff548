"""A file of cases, read as rows under named columns, before anybody says what each column is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = 200


class TableError(ValueError):
    """The file cannot be read at all; the message says where it breaks and what to do."""


@dataclass(frozen=True)
class Row:
    """One row: where it stands in the file (`line 7`, `item 3`), its cells, or its fault."""

    place: str
    cells: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """The columns in their order, and the rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def decode(data: bytes) -> str:
    """Return the text of an uploaded file: UTF-8, with or without a byte order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"Line {line} is not UTF-8 text. Save the file as UTF-8 (in Excel: “CSV UTF-8”)."
        ) from None
