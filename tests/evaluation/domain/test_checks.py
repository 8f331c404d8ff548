"""What each check says of an answer, and which checks are refused when they are written."""

import pytest

from evaluation.domain.checks import (
    KINDS,
    CheckError,
    Outcome,
    Output,
    Result,
    parse_check,
    run_check,
    run_checks,
)

PASS, FAIL, ERROR, SKIPPED = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.SKIPPED


def outcome(check, text, **output):
    return run_check(parse_check(check), Output(text, **output)).outcome


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        ({"type": "contains", "value": "refund"}, "Your refund is on its way", PASS),
        ({"type": "contains", "value": "Refund"}, "Your refund is on its way", FAIL),
        ({"type": "contains", "value": 0}, "0 left", PASS),
        ({"type": "icontains", "value": "REFUND"}, "Your refund is on its way", PASS),
        ({"type": "icontains", "value": "STRASSE"}, "Hauptstraße 5", FAIL),
        ({"type": "contains_all", "values": ["a", "b"]}, "ab", PASS),
        ({"type": "contains_all", "values": ["a", "z"]}, "ab", FAIL),
        ({"type": "contains_any", "values": ["z", "b"]}, "ab", PASS),
        ({"type": "contains_any", "values": ["y", "z"]}, "ab", FAIL),
        ({"type": "starts_with", "value": "Dear"}, "Dear Anna", PASS),
        ({"type": "starts_with", "value": "Dear"}, " Dear Anna", FAIL),
        ({"type": "ends_with", "value": "regards"}, "Kind regards", PASS),
        ({"type": "ends_with", "value": "regards"}, "Kind regards.", FAIL),
        ({"type": "equals", "value": "yes"}, "yes", PASS),
        ({"type": "equals", "value": "yes"}, "yes\n", FAIL),
        ({"type": "equals", "value": {"a": 1, "b": [True]}}, '{"b": [true], "a": 1.0}', PASS),
        ({"type": "equals", "value": {"a": 1}}, '{"a": true}', FAIL),
        ({"type": "equals", "value": {"a": 1}}, "not JSON at all", FAIL),
        ({"type": "equals", "value": None}, "null", PASS),
        ({"type": "regex", "value": r"^\d{4}$"}, "2024", PASS),
        ({"type": "regex", "value": r"^\d{4}$"}, "2024\n", FAIL),
        ({"type": "regex", "value": r"^\d{4}$"}, "٢٠٢٤", FAIL),
        ({"type": "regex", "value": "Order [0-9]+"}, "about Order 4711, we", PASS),
        ({"type": "is_json"}, "123", PASS),
        ({"type": "is_json"}, "null", PASS),
        ({"type": "is_json"}, ' {"a": [1, 2]}\n', PASS),
        ({"type": "is_json"}, "NaN", FAIL),
        ({"type": "is_json"}, '{"a": -Infinity}', FAIL),
        ({"type": "is_json"}, '```json\n{"a": 1}\n```', FAIL),
        ({"type": "is_json"}, "{'a': 1}", FAIL),
        ({"type": "is_json"}, '{"a": 1,}', FAIL),
        ({"type": "is_json"}, "", FAIL),
        ({"type": "is_json"}, "9" * 10_000, PASS),
        ({"type": "contains_json"}, 'Here you are: {"a": 1}. Bye', PASS),
        ({"type": "contains_json"}, '{not this} but {"a": {"b": 2}}', PASS),
        ({"type": "contains_json"}, "see [1] and {a: 1}", FAIL),
        ({"type": "contains_json", "schema": {"type": "array"}}, "ids: [1, 2]", PASS),
        ({"type": "contains_json", "schema": {"type": "array"}}, 'ids: {"a": 1}', FAIL),
        ({"type": "required_fields", "fields": ["a", "b.c"]}, '{"a": null, "b": {"c": 1}}', PASS),
        ({"type": "required_fields", "fields": ["a.b"]}, '{"a.b": 1}', PASS),
        ({"type": "required_fields", "fields": ["a", "b.c"]}, '{"a": 1, "b": []}', FAIL),
        ({"type": "required_fields", "fields": ["a"]}, '["a"]', FAIL),
        ({"type": "char_length", "max": 4}, "äöü!", PASS),
        ({"type": "char_length", "max": 4}, "äöü!?", FAIL),
        ({"type": "char_length", "min": 0, "max": 0}, "", PASS),
        ({"type": "word_count", "min": 2, "max": 3}, "two  words", PASS),
        ({"type": "word_count", "min": 2}, "one", FAIL),
        ({"type": "word_count", "max": 5}, "返金について教えてください", FAIL),
        ({"type": "not_empty"}, "x", PASS),
        ({"type": "not_empty"}, " \n\u200b", FAIL),
    ],
)
def test_a_check_says_what_its_name_says(check, text, expected):
    result = run_check(parse_check(check), Output(text))
    assert result.outcome is expected, result.reason
    assert result.reason.endswith(".")
    turned = {PASS: FAIL, FAIL: PASS}[expected]
    assert outcome({**check, "negate": True}, text) is turned


@pytest.mark.parametrize(
    ("check", "field"),
    [
        ({"type": "contains", "value": ""}, "value"),
        ({"type": "contains"}, "value"),
        ({"type": "contains", "value": True}, "value"),
        ({"type": "starts_with", "value": ""}, "value"),
        ({"type": "contains_all", "values": []}, "values"),
        ({"type": "contains_any", "values": ["a", ""]}, "values"),
        ({"type": "contains_any", "values": "a"}, "values"),
        ({"type": "equals"}, "value"),
        ({"type": "regex", "value": ""}, "value"),
        ({"type": "regex", "value": "("}, "value"),
        ({"type": "regex", "value": r"(a)\1"}, "value"),
        ({"type": "regex", "value": "(?=a)b"}, "value"),
        ({"type": "regex", "value": "\ud800"}, "value"),
        ({"type": "regex", "value": "a" * 1_001}, "value"),
        ({"type": "required_fields", "fields": []}, "fields"),
        ({"type": "char_length"}, "max"),
        ({"type": "char_length", "max": -1}, "max"),
        ({"type": "char_length", "min": True}, "min"),
        ({"type": "word_count", "min": 5, "max": 4}, "min"),
        ({"type": "json_schema"}, "schema"),
        ({"type": "nonsense"}, "type"),
        ({}, "type"),
        ({"type": ["contains"]}, "type"),
        ({"type": "not_empty", "negated": True}, "negated"),
        ({"type": "not_empty", "negate": "yes"}, "negate"),
        ({"type": "not_empty", "severity": "fatal"}, "severity"),
        ({"type": "not_empty", "severity": ["blocker"]}, "severity"),
        ({"type": "not_empty", "min_pass_rate": 0}, "min_pass_rate"),
        ({"type": "not_empty", "min_pass_rate": 1.01}, "min_pass_rate"),
        ({"type": "not_empty", "tags": "smoke"}, "tags"),
        ({"type": "equals", "value": float("nan")}, "type"),
    ],
)
def test_a_check_that_checks_nothing_or_means_nothing_is_refused_where_it_is_written(check, field):
    with pytest.raises(CheckError) as refused:
        parse_check(check)
    assert refused.value.field == field
    assert refused.value.message


def test_the_reason_of_a_refused_pattern_is_named():
    with pytest.raises(CheckError, match=r"invalid perl operator: \(\?<!.*Look-around"):
        parse_check({"type": "regex", "value": "(?<!a)b"})


def test_a_hostile_pattern_takes_no_time():
    assert outcome({"type": "regex", "value": "^(a+)+$"}, "a" * 50_000 + "!") is FAIL


@pytest.mark.parametrize("negate", [False, True])
@pytest.mark.parametrize(
    ("check", "text"),
    [
        ({"type": "is_json"}, "[" * 100_000),
        ({"type": "is_json"}, "[" * 101 + "]" * 101),
        ({"type": "contains_json"}, "{" * 100_000),
        ({"type": "is_json"}, "1" * 1_000_001),
        ({"type": "regex", "value": "a"}, "half a character: \ud800"),
        ({"type": "json_schema", "schema": {"type": "string"}}, r'"\ud800"'),
    ],
)
def test_an_answer_that_cannot_be_looked_at_is_an_error_and_never_a_pass(check, text, negate):
    assert outcome({**check, "negate": negate}, text) is ERROR


def test_a_stored_check_that_can_no_longer_be_read_is_an_error_among_the_others():
    results = run_checks(
        [{"type": "contains", "value": ""}, {"type": "not_empty"}, {"type": "not_empty"}],
        Output("text"),
    )
    assert [result.outcome for result in results] == [PASS, ERROR, PASS]
    assert "Write the text to look for" in results[1].reason


@pytest.mark.parametrize(
    ("finish_reason", "expected"),
    [("stop", PASS), (None, PASS), ("length", FAIL), ("content_filter", FAIL), ("refusal", FAIL)],
)
def test_every_run_looks_whether_the_answer_is_complete(finish_reason, expected):
    [result] = run_checks([], Output("text", finish_reason=finish_reason))
    assert (result.outcome, result.builtin) == (expected, True)


def test_a_finish_reason_that_is_absent_is_not_the_one_asked_for():
    assert outcome({"type": "finish_reason"}, "text", finish_reason="stop") is PASS
    assert outcome({"type": "finish_reason"}, "text") is FAIL


def test_a_check_with_tags_is_skipped_on_other_cases_negated_or_not():
    for negate in (False, True):
        check = parse_check({"type": "is_json", "tags": ["api"], "negate": negate})
        assert run_check(check, Output("1"), tags=["billing"]).outcome is SKIPPED
        assert run_check(check, Output("1"), tags=["api"]).outcome is (FAIL if negate else PASS)


def test_the_reason_of_a_negated_check_says_what_must_not_be():
    check = parse_check({"type": "contains", "value": "full refund", "negate": True})
    result = run_check(check, Output("You get a full refund."))
    assert result.outcome is FAIL
    assert result.reason == "The answer contains “full refund”, which it must not."


def test_equal_checks_have_equal_keys_whatever_the_order_of_their_fields():
    one = parse_check({"type": "contains", "value": "a"})
    same = parse_check({"value": "a", "type": "contains"})
    other = parse_check({"type": "contains", "value": "b"})
    assert one.key == same.key != other.key


def test_a_result_survives_being_stored():
    [_, result] = run_checks(
        [{"type": "is_json", "severity": "warning", "min_pass_rate": 0.9}], Output("no")
    )
    assert Result.from_dict(result.as_dict()) == result


def test_every_type_of_check_has_a_title_for_the_page_that_composes_them():
    assert all(kind.title and isinstance(kind.fields, tuple) for kind in KINDS.values())
    assert len(KINDS) == 16
