"""Cells that no spreadsheet runs, and whose text can be had back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.csv_cells import csv_lines, safe_cell


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'"]
)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_other_cells_stay_as_they_are() -> None:
    assert [safe_cell(v) for v in ("a=1", "", None, 12, "é")] == ["a=1", "", "", "12", "é"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_whoever_takes_one_apostrophe_off_has_the_text_again(cells: list[str]) -> None:
    text = "".join(csv_lines([["x", *cells]]))
    (row,) = csv.reader(io.StringIO(text, newline=""))
    assert [cell.removeprefix("'") for cell in row] == ["x", *cells]
