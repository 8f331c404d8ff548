"""A file of cases, read as rows under named columns, before anybody says what each column is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = 200
_SAVE = "Save the file as UTF-8 (in Excel: “CSV UTF-8”) and give it again."


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
    """The columns in their order, and the rows. `texts`: every cell is a text, as in CSV."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    texts: bool = False


def decode(data: bytes) -> str:
    """Return the text of an uploaded file: UTF-8, with or without a byte order mark.

    Raises TableError when it is something else, saying how to save it.
    """
    # Every other byte is NUL where UTF-16 holds plain letters, with or without its mark.
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:64].count(0) > len(data[:64]) // 4:
        raise TableError(f"This looks like UTF-16. {_SAVE}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError(f"Line {line} is not UTF-8 text. {_SAVE}") from None
