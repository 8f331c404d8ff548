"""Content takes in what both databases and every client can hold, and says what it refuses."""

import json

import pytest
from hypothesis import given

from registry.domain.canonical import canonical
from registry.domain.content import Content, ContentError, Message, Placeholder, Variable, digest
from tests.domain.strategies import chat, contents, text


def refused(**changed: object) -> ContentError:
    """Return the refusal of a good text prompt in which some fields were changed."""
    fields: dict[str, object] = {"kind": "text", "body": "Hello {{name}}", **changed}
    with pytest.raises(ContentError) as refusal:
        Content.from_fields(**fields)
    return refusal.value


def test_a_chat_keeps_its_messages_and_placeholders_in_order() -> None:
    body = [
        {"role": "system", "content": "Be kind."},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "{{question}}"},
    ]
    content = Content.from_fields("chat", body)
    assert content.messages == (
        Message("system", "Be kind."),
        Placeholder("history"),
        Message("user", "{{question}}"),
    )
    assert content.body == body
    assert list(content.parts()) == [
        ("message 1 (system)", "Be kind."),
        ("message 3 (user)", "{{question}}"),
    ]


def test_the_digest_of_a_small_prompt_is_the_one_worked_out_by_hand() -> None:
    # printf '%s' '{"config":{"temperature":1},"kind":"text","output_schema":null,
    # "template":"Grüß {{name}}","variables":[]}' (on one line) | sha256sum
    content = text("Grüß {{name}}", config={"temperature": 1.0})
    assert canonical(content.served_fields()) == (
        '{"config":{"temperature":1},"kind":"text","output_schema":null,'
        '"template":"Grüß {{name}}","variables":[]}'
    )
    assert digest(content) == "2c6339f6353f2a2e944b1bdfa503e93065ef0eb3168380227f1b3541ba3284fc"


@given(contents())
def test_what_is_stored_reads_back_as_the_same_content(content: Content) -> None:
    stored = json.loads(json.dumps(content.served_fields()))
    body = stored.get("template", stored.get("messages"))
    again = Content.from_fields(
        stored["kind"], body, stored["config"], stored["output_schema"], stored["variables"]
    )
    assert again == content
    assert digest(again) == digest(content)


def test_a_number_has_one_form_whatever_database_it_went_through() -> None:
    # PostgreSQL's jsonb turns 1e2 into 100 and SQLite keeps 100.0.
    forms = ({"max_tokens": 100}, {"max_tokens": 100.0}, {"max_tokens": 1e2})
    assert len({digest(text("Hi", config=config)) for config in forms}) == 1
    assert digest(text("Hi", config={"t": -0.0})) == digest(text("Hi", config={"t": 0}))
    assert digest(text("Hi", config={"t": True})) != digest(text("Hi", config={"t": 1}))


def test_line_ends_of_browsers_do_not_change_the_digest() -> None:
    assert digest(text("one\r\ntwo\rthree")) == digest(text("one\ntwo\nthree"))


def test_every_served_field_changes_the_digest() -> None:
    plain = text("Hello {{name}}")
    others = [
        text("Hello  {{name}}"),
        text("Hello {{name}}", config={"model": "m"}),
        text("Hello {{name}}", output_schema={"type": "object"}),
        text("Hello {{name}}", output_schema={}),
        text("Hello {{name}}", variables=[{"name": "name"}]),
        chat(("user", "Hello {{name}}")),
    ]
    assert len({digest(content) for content in (plain, *others)}) == 7


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("content", {"body": "a\nbad \0 one"}),
        ("config", {"config": {"stop": ["bad \0"]}}),
        ("config", {"config": {"bad \0": 1}}),
        ("output_schema", {"output_schema": {"title": "bad \0"}}),
        ("variables", {"variables": [{"name": "name", "description": "bad \0"}]}),
    ],
)
def test_a_nul_is_refused_in_every_field(place: str, fields: dict[str, object]) -> None:
    refusal = refused(**fields)
    assert refusal.field == place
    assert "NUL" in refusal.message


def test_a_nul_is_named_with_its_line_and_column() -> None:
    assert refused(body="a\nbad \0 one").message == (
        "The prompt contains a NUL character (U+0000) at line 2, column 5. Delete that character."
    )


def test_half_a_surrogate_pair_is_refused_and_a_whole_one_is_not() -> None:
    refusal = refused(body="smile \ud83d")
    assert (refusal.field, "U+D83D" in refusal.message) == ("content", True)
    assert text("smile 🙂").text == "smile 🙂"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (2**53, "as text, in quotes"),
        (-1e300, "as text, in quotes"),
        (b"bytes", "holds a bytes"),
        ({1: "one"}, "not text"),
    ],
)
def test_json_that_clients_would_read_differently_is_refused(value: object, said: str) -> None:
    refusal = refused(config={"seed": value})
    assert refusal.field == "config"
    assert said in refusal.message
    assert text("Hi", config={"seed": 2**53 - 1}).config["seed"] == 2**53 - 1


def nested(levels: int) -> dict[str, object]:
    """Return an object of that many levels."""
    value: dict[str, object] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def test_json_may_be_32_levels_deep_and_no_deeper() -> None:
    assert text("Hi", config=nested(32)).config == nested(32)
    for levels in (33, 5_000):
        assert "32 levels" in refused(config=nested(levels)).message


def test_limits_are_exact_and_named() -> None:
    assert len(text("é" * 131_072).text) == 131_072
    assert "257 KiB long; the limit is 256 KiB" in refused(body="é" * 131_073).message
    assert chat(("user", "x" * 262_144)).messages
    assert "256 KiB" in refused(kind="chat", body=[{"role": "u", "content": "x" * 262_145}]).message
    assert text("Hi", config={"a": "x" * 32_760}).config
    assert "32 KiB" in refused(config={"a": "x" * 32_761}).message
    hundred = [{"name": f"v{number}"} for number in range(100)]
    assert len(text("Hi", variables=hundred).variables) == 100
    assert "the limit is 100" in refused(variables=[*hundred, {"name": "more"}]).message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("text", "a list of messages"),
        ([], "no message"),
        ([{"role": "user"}], "Message 1 must have exactly"),
        ([{"role": "user", "content": "a", "tool_calls": []}], "Message 1 must have exactly"),
        ([{"role": "user", "content": None}], "Message 1 must be text"),
        ([{"role": "two words", "content": "a"}], "the role 'two words'"),
        ([{"type": "placeholder", "name": "1st"}], "is named '1st'"),
        ([{"role": "user", "content": " "}], "All messages are empty"),
        (["text"], "Message 1 must have exactly"),
        ([{"role": "user", "content": "a"}] * 501, "the limit is 500"),
    ],
)
def test_a_broken_chat_is_refused_in_a_sentence(body: object, said: str) -> None:
    refusal = refused(kind="chat", body=body)
    assert refusal.field == "content"
    assert said in refusal.message


@pytest.mark.parametrize(
    ("field", "fields", "said"),
    [
        ("kind", {"kind": "audio"}, "Choose text or chat"),
        ("content", {"body": ["Hi"]}, "must be text"),
        ("content", {"body": " \n"}, "empty"),
        ("config", {"config": []}, "JSON object"),
        ("output_schema", {"output_schema": "{}"}, "JSON object"),
        ("variables", {"variables": {"name": "x"}}, "a list"),
        ("variables", {"variables": ["x"]}, "Variable 1 must be an object"),
        ("variables", {"variables": [{"name": "a b"}]}, "is named 'a b'"),
        ("variables", {"variables": [{"name": "a"}, {"name": "a"}]}, "declared twice"),
        ("variables", {"variables": [{"name": "a", "type": "date"}]}, "unknown type"),
        ("variables", {"variables": [{"name": "a", "required": "yes"}]}, "true or false"),
        (
            "variables",
            {"variables": [{"name": "a", "type": "integer", "default": 1.5}]},
            "no integer",
        ),
        (
            "variables",
            {"variables": [{"name": "a", "required": True, "default": "b"}]},
            "never be used",
        ),
    ],
)
def test_a_wrong_field_is_named_and_explained(
    field: str, fields: dict[str, object], said: str
) -> None:
    refusal = refused(**fields)
    assert refusal.field == field
    assert said in refusal.message


def test_a_variable_is_required_unless_it_says_otherwise_or_has_a_default() -> None:
    declared = [{"name": "a"}, {"name": "b", "required": False}, {"name": "c", "default": "x"}]
    assert text("Hi", variables=declared).variables == (
        Variable("a", required=True),
        Variable("b", required=False),
        Variable("c", required=False, default="x"),
    )
