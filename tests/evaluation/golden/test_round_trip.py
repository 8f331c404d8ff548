"""What is exported comes back by an import as the same cases, and as the same bytes."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.offline import import_csv, import_json
from evaluation.offline.cases import NewCase, digest_of
from evaluation.offline.columns import guess, to_cases
from evaluation.offline.golden.export import FORMATS, file_of
from evaluation.offline.tables import decode

READERS = {"csv": import_csv.read, "json": import_json.read, "jsonl": import_json.read}

signs = "abÄß漢😀 ,;'\"=+-@＝\t\n\\[]{}:\u2028\ufeff"
texts = st.text(signs, max_size=12) | st.sampled_from(['["a", "b"]', "=1+1", "'-x", "a,b;\n"])
values = texts | st.booleans() | st.integers(-9, 9) | st.just(0.5)
names = st.sampled_from(["plan", "query", "company"])
made = st.builds(
    NewCase,
    case_id=st.uuids().map(str) | st.sampled_from(["=id", "'id", "a/b", "ä"]),
    query=texts.map(lambda text: text or "?"),
    inputs=st.dictionaries(names, values),
    context=st.lists(texts, max_size=3).map(tuple),
    reference=texts,
    tags=st.lists(st.sampled_from(["smoke", "holdout", "a b"]), unique=True).map(tuple),
    checks=st.sampled_from([(), ({"type": "contains", "value": "=, “x”"},)]),
    cluster=st.sampled_from(["", "doc 7"]),
    messages=st.sampled_from([(), ({"role": "user", "content": "Hello,\nyou"},)]),
)
several = st.lists(made, min_size=1, max_size=4, unique_by=lambda case: case.case_id)


def exported(cases: list[NewCase], form: str) -> bytes:
    return "".join(file_of(cases, form)).encode()


def imported(data: bytes, form: str) -> list[NewCase]:
    table = READERS[form](decode(data))
    reading = to_cases(table, guess(table.columns))
    assert not reading.faults
    return list(reading.cases)


@pytest.mark.parametrize("form", FORMATS)
@settings(suppress_health_check=[HealthCheck.too_slow])  # on a machine that is busy otherwise
@given(cases=several)
def test_an_export_is_read_back_as_the_same_cases_and_the_same_bytes(
    form: str, cases: list[NewCase]
) -> None:
    data = exported(cases, form)
    again = imported(data, form)
    assert [case.document() for case in again] == [case.document() for case in cases]
    assert digest_of(again) == digest_of(cases)
    assert exported(again, form) == data


def test_a_spreadsheet_finds_a_column_for_each_variable_and_runs_no_cell() -> None:
    cases = [
        NewCase("1", query="=HYPERLINK(1)", inputs={"plan": "pro", "seats": 5}),
        NewCase("2", query="b", inputs={"plan": "", "late": "yes"}, tags=("x", "y")),
    ]
    head, first, second = exported(cases, "csv").decode("utf-8-sig").splitlines()
    assert head.endswith('"messages","var:plan"')
    assert first.startswith('"1","\'=HYPERLINK(1)"')
    assert '"{""seats"": 5}"' in first
    assert '"x; y"' in second
    assert second.endswith('""')


def test_json_leaves_empty_fields_out_and_puts_a_case_on_each_line() -> None:
    text = exported([NewCase("1", query="Why?"), NewCase("2", query="é")], "json").decode()
    assert text == '[\n{"id": "1", "query": "Why?"},\n{"id": "2", "query": "é"}\n]\n'


def test_the_cells_of_another_file_keep_their_apostrophes() -> None:
    (case,) = imported(b"id,query\n1,'-5\n", "csv")
    assert case.query == "'-5"


def test_several_columns_make_one_context_and_one_list_of_tags() -> None:
    table = import_csv.read("q,a,b,kind,topic\nWhy?,One.,,x,y; z\n")
    chosen = {"q": "query", "a": "context", "b": "context", "kind": "tags", "topic": "tags"}
    (case,) = to_cases(table, chosen).cases
    assert (case.context, case.tags) == (("One.",), ("x", "y", "z"))


@pytest.mark.parametrize(
    ("field", "cell", "said"),
    [
        ("checks", "[{", "checks is not JSON"),
        ("inputs", '{"a": NaN}', "NaN is not JSON"),
        ("messages", '[{"role": "boss", "content": "x"}]', "Message 1 needs a role"),
        ("messages", '[{"role": "user"}]', "Message 1 is not like"),
    ],
)
def test_a_cell_that_should_hold_json_says_what_is_wrong_with_it(
    field: str, cell: str, said: str
) -> None:
    table = import_csv.read(f'query,{field}\nWhy?,"{cell.replace(chr(34), chr(34) * 2)}"\n')
    (fault,) = to_cases(table, guess(table.columns)).faults
    assert (fault.place, said in fault.message) == ("line 2", True)


def test_a_conversation_alone_is_a_case() -> None:
    talk: list[dict[str, Any]] = [{"role": "user", "content": "Hello"}]
    (case,) = imported(json.dumps([{"id": "1", "messages": talk}]).encode(), "json")
    assert case.document()["messages"] == talk
    assert "messages" not in NewCase("1", query="?").document()
