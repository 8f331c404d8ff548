"""A whole prompt is filled: text or messages, defaults, placeholders."""

import pytest

from registry.domain.content import Content
from registry.domain.rendering import prepare, problems, used_variables
from registry.domain.template import TemplateError
from tests.domain.strategies import chat, text

SUPPORT = Content.from_fields(
    "chat",
    [
        {"role": "system", "content": "Be {{tone}} with {{name}}."},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "{{question}}"},
    ],
    variables=[{"name": "tone", "default": "kind"}, {"name": "unused", "required": False}],
)


def test_a_text_prompt_renders_to_text() -> None:
    assert prepare(text("Hi {{name}}")).render({"name": "Ada"}) == "Hi Ada"


def test_a_chat_renders_to_messages_with_defaults_and_the_inserted_ones() -> None:
    history = [{"role": "user", "content": "{{not a variable"}]
    rendered = prepare(SUPPORT).render({"name": "Ada", "question": "Why?"}, {"history": history})
    assert rendered == [
        {"role": "system", "content": "Be kind with Ada."},
        {"role": "user", "content": "{{not a variable"},
        {"role": "user", "content": "Why?"},
    ]


def test_a_placeholder_that_is_not_given_disappears() -> None:
    assert len(prepare(SUPPORT).render({"name": "Ada", "question": "Why?"})) == 2


def test_a_variable_is_known_if_any_message_uses_or_declares_it() -> None:
    prepared = prepare(SUPPORT)
    assert prepared.render({"name": "A", "question": "B", "unused": "C"})
    with pytest.raises(TemplateError, match=r"no variable \{\{nmae\}\}"):
        prepared.render({"nmae": "A", "question": "B"})
    with pytest.raises(TemplateError, match=r"No value was given for \{\{name\}\}"):
        prepared.render({"question": "B"})
    with pytest.raises(TemplateError, match="no placeholder examples"):
        prepared.render({"name": "A", "question": "B"}, {"examples": []})


def test_broken_braces_are_named_with_their_message() -> None:
    broken = chat(("system", "Fine {{name}}"), ("user", "line\n{{question"))
    (problem,) = problems(broken)
    assert str(problem).startswith("In message 2 (user), line 2, column 1: “{{” is never closed.")
    with pytest.raises(TemplateError, match="In message 2"):
        prepare(broken)
    assert problems(SUPPORT) == []


def test_variables_are_listed_in_order_of_first_use() -> None:
    assert used_variables(SUPPORT) == ("tone", "name", "question")
