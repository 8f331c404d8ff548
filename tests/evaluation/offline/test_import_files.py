"""Files of cases: CSV, JSON and JSONL become cases, or sentences about what is wrong where."""

import json

import pytest

from evaluation.offline import import_csv, import_json
from evaluation.offline.columns import Fault, Reading, guess, to_cases
from evaluation.offline.tables import Table, TableError, decode


def read(table: Table) -> Reading:
    return to_cases(table, guess(table.columns))


def test_a_csv_file_with_a_byte_order_mark_gives_its_cases() -> None:
    text = decode(
        b"\xef\xbb\xbfid,query,context,reference,tags,var:plan\r\n"
        b'r1,"Where, please?","Five\ndays.",Soon,"billing; smoke",basic\r\n\r\n'
        b"r2,And now?,,,,pro\r\n"
    )
    first, second = read(import_csv.read(text)).cases
    assert first.document() == {
        "case_id": "r1",
        "query": "Where, please?",
        "inputs": {"plan": "basic"},
        "context": ["Five\ndays."],
        "reference": "Soon",
        "tags": ["billing", "smoke"],
        "checks": [],
        "cluster": "",
    }
    assert (second.case_id, second.context, second.tags) == ("r2", (), ())


def test_the_plain_json_of_id_query_and_context_is_taken_as_it_is() -> None:
    text = '[{"id": "1", "query": "Why?", "context": ["A.", "B."]}, {"query": "How?"}]'
    cases = read(import_json.read(text)).cases
    assert [(case.case_id, case.context) for case in cases] == [
        ("1", ("A.", "B.")),
        ("case-0002", ()),
    ]


def test_columns_of_other_names_are_guessed_and_can_be_chosen() -> None:
    table = import_csv.read("Type,Question,Best Answer\nx,Why?,Because.\n")
    assert guess(table.columns) == {"Type": "", "Question": "query", "Best Answer": "reference"}
    chosen = {"Type": "tags", "Question": "variable", "Best Answer": ""}
    (case,) = to_cases(table, chosen).cases
    assert (case.inputs, case.tags, case.query) == ({"question": "Why?"}, ("x",), "")


def test_every_fault_is_named_with_its_line_and_nothing_is_taken() -> None:
    text = 'id,query,context\n1,"a\nb",\n2,c\n1,again,\n4,,\n5,\x00,\n'
    reading = read(import_csv.read(text))
    assert reading.cases == ()
    assert [fault.place for fault in reading.faults] == ["line 4", "line 5", "line 6", "line 7"]
    assert reading.faults[1] == Fault("line 5", "The id '1' stands on line 2 already.")
    assert "NUL character" in reading.faults[3].message


def test_a_bad_line_of_jsonl_is_one_fault_among_the_others() -> None:
    lines = ['{"id": "1", "query": "a"}', "{oops", "[1]", '{"id": "2", "checks": [{"type": "x"}]}']
    faults = read(import_json.read("\n".join(lines))).faults
    assert [fault.place for fault in faults] == ["line 2", "line 3", "line 4"]
    assert "There is no such check" in faults[2].message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 5000, "nested too deeply"),
        ('[{"query": NaN}]', "NaN is not JSON"),
        ('[{"query": "a", "query": "b"}]', "same key twice"),
        ("", "empty"),
    ],
)
def test_what_is_no_json_is_refused_whole(text: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        import_json.read(text)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"id,query\n1,caf\xe9\n", "Line 2 is not UTF-8"),
        ("id,query\n1,a\n".encode("utf-16"), "looks like UTF-16"),
        ("id,query\n1,a\n".encode("utf-16-be"), "looks like UTF-16"),
        (b"id,id\n1,2\n", "Two columns are named 'id'"),
        (b"id,\n1,2\n", "A column has no name"),
        (b"\n", "empty"),
    ],
)
def test_a_csv_file_without_usable_columns_is_refused_whole(data: bytes, said: str) -> None:
    with pytest.raises(TableError, match=said):
        import_csv.read(decode(data))


def test_what_no_page_can_show_is_left_out_of_the_table() -> None:
    rows = [{"query": "\ud800"}, {"\ud800": "a"}, {"id": "\x00"}, {"query": "good"}]
    table = import_json.read(json.dumps(rows))
    assert [bool(row.fault) for row in table.rows] == [True, True, True, False]
    assert table.columns == ("query",)
    assert [dict(row.cells) for row in table.rows] == [{}, {}, {}, {"query": "good"}]


def test_lone_surrogates_and_cells_over_the_limit_are_faults_of_their_row() -> None:
    rows = [{"query": "\ud800"}, {"query": "x" * 64 * 1024}, {"query": "x" * (64 * 1024 + 1)}]
    faults = read(import_json.read(json.dumps(rows))).faults
    assert [fault.place for fault in faults] == ["item 1", "item 3"]
    assert "lone surrogate" in faults[0].message
    assert "at most 64 KiB" in faults[1].message
    (too_long,) = read(import_csv.read("query\n" + "x" * 200_000)).faults
    assert "query is 196 KiB long; a cell holds at most 64 KiB" in too_long.message


def test_one_huge_cell_hides_no_other_fault() -> None:
    reading = read(import_csv.read(f"id,query\n1,{'x' * 2**20}\n1,b\n2,c\n2,d\n"))
    assert [(fault.place, "1024 KiB" in fault.message) for fault in reading.faults] == [
        ("line 2", True),
        ("line 5", False),
    ]


def test_a_file_with_semicolons_or_tabs_is_a_table_too() -> None:
    for sign in ";\t":
        (case,) = read(import_csv.read(f"id{sign}query\n1{sign}Why, please?\n")).cases
        assert (case.case_id, case.query) == ("1", "Why, please?")


def test_ten_thousand_cases_are_the_most() -> None:
    rows = "\n".join(f"question {n}" for n in range(10_000))
    assert len(read(import_csv.read(f"query\n{rows}")).cases) == 10_000
    (fault,) = read(import_csv.read(f"query\n{rows}\none more")).faults
    assert fault.message == "10,001 rows; a dataset holds at most 10,000 cases."


def test_two_columns_for_one_field_and_a_name_no_variable_can_have_are_refused() -> None:
    table = import_csv.read("a,1st\nx,y\n")
    chosen = to_cases(table, {"a": "query", "1st": "query"}).faults
    assert chosen == (Fault("the columns", "a and 1st are both the query. Choose one."),)
    (named,) = to_cases(table, {"a": "query", "1st": "variable"}).faults
    assert "'1st' cannot name a variable" in named.message
