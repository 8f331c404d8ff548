"""JSON Schemas written by people: what holds, what is refused, what can never hang."""

import socket
import time

import pytest

from evaluation.domain.checks import (
    Outcome,
    Output,
    SchemaError,
    check_schema,
    parse_check,
    run_check,
)

ORDER = {
    "type": "object",
    "required": ["id", "due"],
    "properties": {
        "id": {"type": "integer"},
        "due": {"type": "string", "format": "date"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/part"}},
    },
    "$defs": {"part": {"type": "object", "required": ["name"]}},
}


def checked(schema, text, **fields):
    return run_check(parse_check({"type": "json_schema", "schema": schema, **fields}), Output(text))


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        (ORDER, '{"id": 1, "due": "2026-11-21"}', Outcome.PASS),
        (ORDER, '{"id": 1, "due": "tomorrow"}', Outcome.FAIL),
        (ORDER, '{"id": 1}', Outcome.FAIL),
        (ORDER, '{"id": 1, "due": "2026-11-21", "parts": [{"name": 1}, {}]}', Outcome.FAIL),
        (ORDER, "no JSON", Outcome.FAIL),
        (True, "1", Outcome.PASS),
        (False, "1", Outcome.FAIL),
        ({"prefixItems": [{"type": "string"}]}, "[1]", Outcome.FAIL),
        ({"prefixItems": [{"type": "string"}]}, '["a"]', Outcome.PASS),
        ({"format": "date-time"}, '"2026-11-21T14:05:00Z"', Outcome.PASS),
        ({"format": "date-time"}, '"2026-11-21"', Outcome.FAIL),
        ({"format": "uri"}, '"not a uri"', Outcome.FAIL),
        ({"pattern": "^(a+)+$"}, '"' + "a" * 5_000 + '!"', Outcome.FAIL),
        ({"type": "number"}, "1e999", Outcome.PASS),
    ],
)
def test_an_answer_is_compared_with_draft_2020_12_and_formats_count(schema, text, expected):
    assert checked(schema, text).outcome is expected
    turned = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS}[expected]
    assert checked(schema, text, negate=True).outcome is turned


def test_the_reason_says_where_the_answer_breaks_the_schema():
    reason = checked(ORDER, '{"id": 1, "due": "2026-11-21", "parts": [{"name": 1}, {}]}').reason
    assert reason == (
        'The answer does not match the schema: at parts[1], "name" is a required property.'
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "objekt"}, "not a JSON Schema"),
        ({"minLength": -1}, "not a JSON Schema"),
        ({"pattern": "(?=a)b"}, "not a JSON Schema"),
        ("string", "is an object"),
        ([], "is an object"),
        ({"const": float("nan")}, "JSON does not have"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "another draft"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "points outside"),
        ({"$ref": "file:///etc/passwd"}, "points outside"),
        ({"$ref": "other.json"}, "points outside"),
        ({"properties": {"a": {"$id": "http://x.example/", "$ref": "#"}}}, "not supported"),
        ({"$dynamicRef": "#node"}, "not supported"),
        ({"$ref": "#/$defs/absent"}, "points to nothing"),
        ({"$ref": "#absent"}, "points to nothing"),
        ({"$ref": "#"}, "without going deeper"),
        ({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"$ref": "#/$defs/a"}}}, "deeper"),
        ({"description": "x" * 70_000}, "64 KiB"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_with_its_reason(schema, words):
    with pytest.raises(SchemaError, match=words):
        check_schema(schema)


def test_a_sound_schema_is_accepted():
    check_schema(ORDER)
    check_schema({"properties": {"next": {"$ref": "#"}}})
    check_schema({"$anchor": "node", "properties": {"next": {"$ref": "#node"}}})
    assert checked({"properties": {"next": {"$ref": "#"}}}, '{"next": {}}').outcome is Outcome.PASS


def test_nothing_is_ever_fetched(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        for schema in ({"$ref": address}, {"$schema": address}, {"$id": address, "type": "null"}):
            try:
                check_schema(schema)
            except SchemaError:
                continue
            assert checked(schema, "null").outcome is Outcome.PASS
        with pytest.raises(TimeoutError):
            server.accept()


def doubling(levels):
    """A schema whose every part refers twice to the next: 2 ** levels evaluations."""
    parts = {f"p{n}": {"allOf": [{"$ref": f"#/$defs/p{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/$defs/p0", "$defs": {**parts, f"p{levels}": {"type": "string"}}}


def test_a_schema_that_would_take_for_ever_is_refused_and_a_smaller_one_is_not():
    with pytest.raises(SchemaError, match="too often"):
        check_schema(doubling(60))
    assert checked(doubling(10), '"a"').outcome is Outcome.PASS


def test_a_schema_that_grows_with_the_depth_of_the_answer_gives_an_error_not_a_hang():
    child = {"properties": {"a": {"$ref": "#"}}}
    schema = {"anyOf": [child, {**child, "required": ["z"]}, child]}

    def nested(levels):
        return '{"a":' * levels + "1" + "}" * levels

    started = time.monotonic()
    assert checked(schema, nested(4)).outcome is Outcome.PASS
    assert checked(schema, nested(40)).outcome is Outcome.ERROR
    assert checked(schema, nested(40), negate=True).outcome is Outcome.ERROR
    assert time.monotonic() - started < 2


def test_a_tree_may_be_deep():
    tree = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}, "required": ["left"]}
    deep = '{"left":' * 30 + "1" + "}" * 30
    assert checked(tree, deep).outcome is Outcome.PASS
    assert checked(tree, "{}").outcome is Outcome.FAIL
