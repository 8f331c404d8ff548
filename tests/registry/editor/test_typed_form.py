"""What stands in the form reads back as what was stored, whatever it is."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.content import Content
from registry.prompts.models import Version
from registry.web.editor.config_fields import CONFIG_FIELDS
from registry.web.editor.reading import draft_fields, read
from registry.web.editor.typed import Typed, stored_in, typed_in

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1, max_size=40
)
NUMBER = st.one_of(st.integers(-(2**53) + 1, 2**53 - 1), st.floats(-1e6, 1e6))
JSON = st.one_of(st.none(), st.booleans(), NUMBER, TEXT, st.lists(TEXT, max_size=3))
KNOWN = [known.key for known in CONFIG_FIELDS]
CONFIGS = st.dictionaries(st.sampled_from([*KNOWN, "stop", "tools"]), JSON, max_size=5)


def submitted(typed: Typed) -> QueryDict:
    """Send the form as a browser does: fields in the order of the page, CRLF line ends."""
    pairs = [("text", typed.text), ("extra", typed.extra), ("output_schema", typed.schema)]
    pairs += [(known.name, value) for known, value in typed.config_rows]
    for message in typed.messages:
        chosen, other = ("other:", message.role) if message.is_other else (message.role, "")
        pairs += [("role", chosen), ("role_other", other), ("message", message.text)]
    for row in typed.variables:
        pairs += [(f"variable_{key}", getattr(row, key)) for key in row.__slots__]
    return QueryDict(urlencode([(name, text.replace("\n", "\r\n")) for name, text in pairs]))


def through_the_form(content: Content) -> Content | None:
    """Store, show, send and read a content."""
    row = Version(
        content=content.body,
        config=dict(content.config),
        output_schema=content.output_schema,
        variables=content.declared(),
    )
    shown = stored_in(row, content.kind)
    return read(typed_in(content.kind, submitted(shown))).content


@given(body=TEXT.filter(str.strip), config=CONFIGS)
def test_a_text_prompt_comes_back_unchanged(body: str, config: dict[str, Any]) -> None:
    content = Content.from_fields("text", body, config)
    assert through_the_form(content) == content


def test_messages_placeholders_and_unusual_roles_come_back_in_their_order() -> None:
    content = Content.from_fields(
        "chat",
        [
            {"role": "system", "content": "\n  You are kind.\n"},
            {"type": "placeholder", "name": "history"},
            {"role": "critic", "content": ""},
            {"role": "placeholder", "content": "a role of that name"},
        ],
        output_schema={"type": "object", "properties": {"answer": {"type": "string"}}},
    )
    assert through_the_form(content) == content


@pytest.mark.parametrize(
    "variable",
    [
        {"name": "plan", "required": True, "description": "two\nlines", "example": '"gold"'},
        {"name": "plan", "required": False, "default": ""},
        {"name": "plan", "required": False, "default": " spaced "},
        {"name": "plan", "type": "boolean", "required": False, "default": False},
        {"name": "plan", "type": "integer", "required": False, "default": 0},
        {"name": "plan", "type": "number", "required": False, "default": 0.1},
    ],
)
def test_a_declared_variable_comes_back_unchanged(variable: dict[str, Any]) -> None:
    content = Content.from_fields("text", "{{plan}}", variables=[variable])
    assert through_the_form(content) == content


def test_a_parameter_of_an_unusual_type_stays_in_the_json() -> None:
    content = Content.from_fields("text", "Hi", {"temperature": "0.2", "seed": True, "top_p": 1})
    shown = stored_in(Version(content="Hi", config=dict(content.config), variables=[]), "text")
    assert dict(shown.config) == {"top_p": "1"}
    assert '"temperature": "0.2"' in shown.extra
    assert through_the_form(content) == content


def test_all_wrong_fields_are_named_at_once() -> None:
    typed = Typed(
        kind="text",
        text=" ",
        config={"temperature": "0,2", "max_tokens": "1.5"},
        extra='{"a": 1, "a": 2}',
        schema="[]",
    )
    assert read(typed).errors == {
        "config_temperature": "Temperature must be a number like 0.2, not '0,2'.",
        "config_max_tokens": "Max tokens must be a whole number like 800, not '1.5'.",
        "extra": "The JSON of the other parameters cannot be used: the key 'a' is given twice. "
        "Remove one.",
        "output_schema": 'The schema must be a JSON object, like {"type": "object"}.',
        "content": "The prompt is empty. Write what the model should do.",
    }


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": 1', "at line 1, column 8"),
        ("[" * 5000 + "]" * 5000, "nested more than 32 levels"),
        ('{"a":' * 40 + "1" + "}" * 40, "nested more than 32 levels"),
        (f'{{"a": {"9" * 6000}}}', "a number has 6000 digits"),
        (r'{"a": "\ud800"}', "lone surrogate"),
        ('{"temperature": 1}', "temperature has a field above"),
    ],
)
def test_json_that_cannot_be_kept_is_refused_in_a_sentence(extra: str, sentence: str) -> None:
    found = read(Typed(kind="text", text="Hi", config={"temperature": "1"}, extra=extra))
    assert found.content is None
    assert sentence in " ".join(found.errors.values())


def test_a_draft_keeps_what_cannot_be_read_yet_as_it_was_typed() -> None:
    typed = Typed(
        kind="text",
        text="Hi {{",
        config={"temperature": "0,"},
        extra='{"stop": [',
        schema='{"type": ',
        reason="half a sen",
    )
    fields = draft_fields(typed)
    row = Version(**{key: value for key, value in fields.items() if key != "reason"})
    shown = stored_in(row, "text")
    assert (shown.text, shown.extra, shown.schema) == (typed.text, typed.extra, typed.schema)
    assert shown.config["temperature"] == "0,"
