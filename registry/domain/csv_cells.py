"""Cells of a CSV that a spreadsheet shows and never runs (OWASP, "CSV Injection").

A cell that begins like a formula gets an apostrophe in front. So does one that begins with
an apostrophe, so that whoever reads the file takes exactly one off and has the text again.
"""

import csv
import io
from collections.abc import Iterable, Iterator

# Equals, plus, minus, at, tab, carriage return, line feed, and their full-width twins.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
BOM = "\ufeff"  # tells a spreadsheet that the file is UTF-8


def safe_cell(value: object) -> str:
    """Return the text of a cell; None is empty."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_STARTS) else text


def plain_cell(cell: str) -> str:
    """Return the text of a cell that `safe_cell` wrote."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_STARTS) else cell


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield each row as a line of CSV, every cell quoted and safe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
