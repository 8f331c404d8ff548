"""A secret is found wherever it would freeze: texts, parameters, schema, variables."""

from typing import Any

import pytest

from registry.domain.leaks import find_leaks
from tests.domain.strategies import chat, text

KEY = "sk-proj-" + "a1B2c3D4e5" * 4


@pytest.mark.parametrize(
    ("fields", "field", "place"),
    [
        ({"config": {"headers": {"auth": [KEY]}}}, "config", "the parameter headers"),
        ({"config": {"model": KEY}}, "config", "the parameter model"),
        ({"output_schema": {"const": KEY}}, "output_schema", "the output schema"),
        (
            {"variables": [{"name": "x", "default": KEY, "required": False}]},
            "variables",
            "the default of x",
        ),
        ({"variables": [{"name": "x", "example": KEY}]}, "variables", "the example of x"),
        ({"variables": [{"name": "x", "description": KEY}]}, "variables", "the description of x"),
    ],
)
def test_it_names_the_field_and_the_place(fields: dict[str, Any], field: str, place: str) -> None:
    (leak,) = find_leaks(text("Hello {{x}}.", **fields))
    assert (leak.field, leak.place, leak.in_text) == (field, place, False)


def test_in_a_message_it_names_the_message_and_the_line() -> None:
    (leak,) = find_leaks(chat(("system", "Be kind."), ("user", f"one\ntwo {KEY}")))
    assert (leak.place, leak.finding.line, leak.in_text) == ("message 2 (user)", 2, True)


def test_a_secret_that_is_known_by_the_name_of_its_key() -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzq8WkT3vNb"
    assert len(find_leaks(text("Hi.", config={"aws_secret_access_key": secret}))) == 1
    assert find_leaks(text("Hi.", config={"digest": secret})) == []
