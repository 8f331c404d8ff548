"""What each check says of an answer, and which checks are refused when they are written."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from evaluation.domain.checks.distance import distance
from evaluation.domain.checks.guide import GUIDE

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
        ({"type": "icontains_all", "values": ["A", "b"]}, "aB", PASS),
        ({"type": "icontains_all", "values": ["A", "z"]}, "aB", FAIL),
        ({"type": "icontains_any", "values": ["Z", "B"]}, "ab", PASS),
        ({"type": "icontains_any", "values": ["STRASSE"]}, "straße", FAIL),
        ({"type": "contains_all", "values": [0, "b"]}, "0b", PASS),
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
        ({"type": "levenshtein", "value": "kitten", "max": 3}, "sitting", PASS),
        ({"type": "levenshtein", "value": "kitten", "max": 2}, "sitting", FAIL),
        ({"type": "levenshtein", "value": "same", "max": 0}, "same", PASS),
        ({"type": "levenshtein", "value": "same", "max": 0}, "samé", FAIL),
        ({"type": "levenshtein", "value": "four", "max": 4}, "", PASS),
        ({"type": "levenshtein", "value": "a", "max": 10_000}, "a" * 10_002, FAIL),
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
        ({"type": "json_path", "path": "$.a[1].b"}, '{"a": [0, {"b": null}]}', PASS),
        ({"type": "json_path", "path": "a[-1]", "value": 2}, '{"a": [1, 2.0]}', PASS),
        ({"type": "json_path", "path": "$.a", "value": "2"}, '{"a": 2}', FAIL),
        ({"type": "json_path", "path": "$.a", "value": None}, '{"a": null}', PASS),
        (
            {"type": "json_path", "path": "$.a[*].b", "value": 2},
            '{"a": [{"b": 1}, {"b": 2}]}',
            PASS,
        ),
        ({"type": "json_path", "path": "$.a[*].b"}, '{"a": []}', FAIL),
        ({"type": "json_path", "path": "$['x.y'].*"}, '{"x.y": {"z": 1}}', PASS),
        ({"type": "json_path", "path": "$[0]", "value": {"a": 1}}, '[{"a": 1}]', PASS),
        ({"type": "json_path", "path": "$", "value": 5}, "5", PASS),
        ({"type": "json_path", "path": "$.a"}, '```{"a": 1}```', FAIL),
        ({"type": "json_path", "path": "$.a.length"}, '{"a": [1]}', FAIL),
        ({"type": "language", "script": "Cyrillic"}, "Да, это iPhone: 5 шт.", FAIL),
        ({"type": "language", "script": "Cyrillic", "share": 0.5}, "Да, это ваш iPhone", PASS),
        ({"type": "language", "script": "Latin", "share": 1}, "Größe 42 – señor", PASS),
        ({"type": "language", "script": "Greek"}, "42 €", FAIL),
        ({"type": "language", "script": "Japanese"}, "返金について教えてください", PASS),
        ({"type": "language", "script": "Japanese"}, "请告诉我退款事宜", FAIL),
        ({"type": "language", "script": "Chinese"}, "请告诉我退款事宜。", PASS),
        ({"type": "language", "script": "Chinese"}, "返金について教えてください", FAIL),
        ({"type": "language", "script": "Korean"}, "환불해 주세요", PASS),
        ({"type": "refusal"}, "I’m sorry, but I can’t help with that.", PASS),
        ({"type": "refusal"}, "As an AI language model, I cannot do this.", PASS),
        ({"type": "refusal"}, "Ich kann Ihnen dabei leider nicht helfen.", PASS),
        ({"type": "refusal"}, "Lo siento, no puedo ayudar con eso.", PASS),
        ({"type": "refusal"}, "Désolé, je ne peux pas vous aider.", PASS),
        ({"type": "refusal"}, "I'm sorry to hear that. I can't find order 5 yet.", FAIL),
        ({"type": "refusal"}, "I can't give you a discount, but here is a coupon.", FAIL),
        ({"type": "refusal"}, "I can't help but agree: great choice!", FAIL),
        ({"type": "refusal"}, "x" * 500 + " I cannot help with that.", FAIL),
        ({"type": "refusal"}, "", FAIL),
        ({"type": "refusal"}, "half a pair \ud800", FAIL),
        ({"type": "no_secrets"}, "The key is sk-proj-abcdefghij0123456789.", FAIL),
        ({"type": "no_secrets"}, "The key is in the settings.", PASS),
        ({"type": "no_pii"}, "Call +49 30 1234567.", FAIL),
        ({"type": "no_pii", "allow": ["+49 30 1234567"]}, "Call +49 30 1234567.", PASS),
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
        ({"type": "char_length", "max": 10_000_001}, "max"),
        ({"type": "icontains_all", "values": []}, "values"),
        ({"type": "icontains_any", "values": [""]}, "values"),
        ({"type": "levenshtein", "value": "", "max": 1}, "value"),
        ({"type": "levenshtein", "value": "a" * 10_001, "max": 1}, "value"),
        ({"type": "levenshtein", "value": "a"}, "max"),
        ({"type": "levenshtein", "value": "a", "max": -1}, "max"),
        ({"type": "json_path"}, "path"),
        ({"type": "json_path", "path": " "}, "path"),
        ({"type": "json_path", "path": "$..price"}, "path"),
        ({"type": "json_path", "path": "$.a[?(@.b)]"}, "path"),
        ({"type": "json_path", "path": "$.a[1"}, "path"),
        ({"type": "json_path", "path": "$" + ".a" * 200}, "path"),
        ({"type": "language"}, "script"),
        ({"type": "language", "script": "German"}, "script"),
        ({"type": "language", "script": "Latin", "share": 0}, "share"),
        ({"type": "language", "script": "Latin", "share": True}, "share"),
        ({"type": "no_pii", "allow": "me"}, "allow"),
        ({"type": "latency_ms"}, "max"),
        ({"type": "latency_ms", "max": 1.5}, "max"),
        ({"type": "cost", "max": -0.1}, "max"),
        ({"type": "cost", "max": float("nan")}, "max"),
        ({"type": "token_length"}, "max"),
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


@pytest.mark.parametrize(
    ("check", "output", "expected"),
    [
        ({"type": "latency_ms", "max": 2000}, {"latency_ms": 2000.0}, PASS),
        ({"type": "latency_ms", "max": 2000}, {"latency_ms": 2000.5}, FAIL),
        ({"type": "latency_ms", "max": 0}, {"latency_ms": 0}, PASS),
        ({"type": "latency_ms", "max": 2000}, {}, ERROR),
        ({"type": "cost", "max": 0.002}, {"cost": 0.002}, PASS),
        ({"type": "cost", "max": 0.002}, {"cost": 0.0021}, FAIL),
        ({"type": "cost", "max": 0}, {"cost": 0.0}, PASS),
        ({"type": "cost", "max": 0.002}, {}, ERROR),
        ({"type": "token_length", "max": 5}, {"usage": {"output_tokens": 5}}, PASS),
        ({"type": "token_length", "min": 6}, {"usage": {"output_tokens": 5}}, FAIL),
        ({"type": "token_length", "max": 5}, {"usage": {"input_tokens": 5}}, ERROR),
        ({"type": "token_length", "max": 5}, {}, ERROR),
    ],
)
def test_a_figure_is_compared_and_one_that_is_not_known_never_passes(check, output, expected):
    assert outcome(check, "text", **output) is expected
    turned = {PASS: FAIL, FAIL: PASS, ERROR: ERROR}[expected]
    assert outcome({**check, "negate": True}, "text", **output) is turned


def test_the_provider_may_say_that_the_model_refused():
    assert outcome({"type": "refusal"}, "", finish_reason="refusal") is PASS


def test_a_secret_that_is_found_is_named_but_not_shown():
    result = run_check(parse_check({"type": "no_secrets"}), Output("x\npostgres://a:hunter22@db"))
    assert result.reason == "The answer holds a password in an address (line 2)."


@given(st.text(alphabet="abc", max_size=12), st.text(alphabet="abc", max_size=12))
def test_the_distance_is_the_one_of_the_table_of_all_distances(one, other):
    row = list(range(len(other) + 1))
    for index, sign in enumerate(one, 1):
        above, row = row, [index]
        for place, against in enumerate(other, 1):
            changed = above[place - 1] + (sign != against)
            row.append(min(above[place] + 1, row[-1] + 1, changed))
    assert distance(one, other) == row[-1]


@given(st.text())
def test_no_answer_makes_a_check_raise(text):
    for name, entry in GUIDE.items():
        assert run_check(parse_check({"type": name, **entry.example}), Output(text)).reason


def test_an_answer_without_end_takes_no_time():
    checks = [parse_check({"type": name, **entry.example}) for name, entry in GUIDE.items()]
    for text in ("a" * 500_000, "I can't " * 60_000, "[{" * 250_000, "返金" * 250_000):
        started = time.process_time()
        for check in checks:
            run_check(check, Output(text))
        assert time.process_time() - started < 5


@pytest.mark.parametrize("name", KINDS)
def test_every_type_is_explained_with_an_example_that_is_true(name):
    entry = GUIDE[name]
    check = parse_check({"type": name, **entry.example})
    assert run_check(check, entry.passes).outcome is PASS
    assert run_check(check, entry.fails).outcome is FAIL
    assert KINDS[name].title
    assert entry.help.endswith(".")


def test_the_types_are_those_of_the_specification():
    specified = (
        "contains icontains contains_all contains_any icontains_all icontains_any starts_with "
        "ends_with equals regex is_json json_schema contains_json required_fields json_path "
        "char_length word_count token_length levenshtein not_empty finish_reason refusal "
        "language no_secrets no_pii latency_ms cost"
    )
    assert set(GUIDE) == set(KINDS) == set(specified.split())
