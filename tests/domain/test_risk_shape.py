"""The floor of everything else: kind, messages, roles, schema, variables, config."""

from typing import Any

import pytest

from registry.domain.content import Content
from registry.domain.risk import floor, risk_of
from registry.domain.semver import Bump, Risk
from tests.domain.strategies import chat, text

BODY = "Answer {{name}} in the tone of the shop and ask for the order number."
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"answer": {"type": "string"}}}


def changed(old: dict[str, Any], new: dict[str, Any]) -> tuple[Bump, str]:
    """Return the bump and first reason when only the given fields change."""
    found = floor(text(BODY, **old), text(BODY, **new))
    return found.bump, found.reasons[0]


def test_a_change_of_kind_is_a_major() -> None:
    found = floor(text(BODY), chat(("user", BODY)))
    assert (found.bump, found.reasons) == (Bump.MAJOR, ("The kind changed from text to chat.",))


def test_messages_and_roles_are_a_contract() -> None:
    one, two = ("system", "Be kind to the customer."), ("user", "Where is the order?")
    added = floor(chat(one, two), chat(one, two, ("assistant", "Here.")))
    assert added.bump is Bump.MAJOR
    assert added.reasons[0] == "The number of messages changed from 2 to 3."
    role = floor(chat(one, two), chat(("developer", one[1]), two))
    assert role.bump is Bump.MAJOR
    assert role.reasons == ("The roles changed from system, user to developer, user.",)
    assert floor(chat(one, two), chat(one, two)).bump is Bump.PATCH


def test_a_placeholder_is_part_of_the_contract() -> None:
    def with_placeholder(name: str) -> Content:
        items = [{"type": "placeholder", "name": name}, {"role": "user", "content": "Hi"}]
        return Content.from_fields("chat", items)

    found = floor(with_placeholder("history"), with_placeholder("past"))
    assert found.bump is Bump.MAJOR
    assert found.reasons == ("The roles changed from [history], user to [past], user.",)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (None, SCHEMA, "An output schema was added."),
        (SCHEMA, None, "The output schema was removed."),
        (
            SCHEMA,
            {"type": "object", "properties": {"answer": {"type": "number"}}},
            "The output schema changed: properties.answer.type.",
        ),
    ],
)
def test_the_output_schema_is_a_contract(old: object, new: object, reason: str) -> None:
    assert changed({"output_schema": old}, {"output_schema": new}) == (Bump.MAJOR, reason)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"model": "a"}, {"model": "b"}, (Bump.MAJOR, "The model changed: a → b.")),
        ({}, {"model": "b"}, (Bump.MAJOR, "The model was added: b.")),
        (
            {"response_format": {"type": "text"}},
            {"response_format": {"type": "json_object"}},
            (Bump.MAJOR, "The output format (response_format) changed: text → json_object."),
        ),
        (
            {"temperature": 0.2},
            {"temperature": 0.7},
            (Bump.MINOR, "The parameter temperature changed: 0.2 → 0.7."),
        ),
        ({}, {"stop": ["END"]}, (Bump.MINOR, 'The parameter stop was added: ["END"].')),
        ({"seed": 1}, {}, (Bump.MINOR, "The parameter seed was removed (it was 1).")),
        ({"top_p": 1.0}, {"top_p": 1}, (Bump.PATCH, "Nothing changed.")),
    ],
)
def test_the_model_is_a_contract_and_parameters_are_not(
    old: dict[str, Any], new: dict[str, Any], expected: tuple[Bump, str]
) -> None:
    assert changed({"config": old}, {"config": new}) == expected


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (
            BODY.replace("{{name}}", "{{customer}}"),
            "The variable {{name}} was renamed to {{customer}}.",
        ),
        (BODY.replace("{{name}}", "them"), "The variable {{name}} was removed."),
        (BODY + " {{day}}", "The variable {{day}} was added."),
    ],
)
def test_the_set_of_variables_is_a_contract(new: str, reason: str) -> None:
    found = floor(text(BODY), text(new))
    assert (found.bump, found.reasons[0]) == (Bump.MAJOR, reason)


def test_using_a_variable_once_more_is_a_minor() -> None:
    found = floor(text(BODY), text(BODY + " Thank {{name}}."))
    assert found.bump is Bump.MINOR
    assert found.reasons == (
        "“Thank {{name}}” was added in “the order number. Thank {{name}}”: a variable.",
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            {"required": False},
            {"required": True},
            (Bump.MAJOR, "The variable {{name}} is now required."),
        ),
        (
            {"type": "string"},
            {"type": "integer"},
            (Bump.MAJOR, "The type of {{name}} changed from string to integer."),
        ),
        (
            {"default": "you"},
            {"default": "all"},
            (Bump.MINOR, "The default of {{name}} changed: you → all."),
        ),
        (
            {"description": ""},
            {"description": "who asks"},
            (Bump.PATCH, "The description of {{name}} changed, which no model reads."),
        ),
    ],
)
def test_a_declaration_counts_by_what_applications_notice(
    old: dict[str, Any], new: dict[str, Any], expected: tuple[Bump, str]
) -> None:
    one, other = {"name": "name", **old}, {"name": "name", **new}
    assert changed({"variables": [one]}, {"variables": [other]}) == expected


def test_the_weightiest_reason_comes_first_and_the_list_stays_short() -> None:
    old = text(BODY, config={f"p{n}": n for n in range(9)})
    new = text(BODY, config={f"p{n}": n + 1 for n in range(9)} | {"model": "m"})
    found = floor(old, new)
    assert found.reasons[0] == "The model was added: m."
    assert found.reasons[-1] == "And 4 more changes."
    assert len(found.reasons) == 7
    one_more = text(BODY, config={f"p{n}": n + 1 for n in range(7)} | {"p7": 7, "p8": 8})
    assert floor(old, one_more).reasons[-1] == "And 1 more change."


def test_risk_is_the_larger_of_the_bump_and_the_floor_and_first_without_production() -> None:
    old, typo, model = text(BODY), text(BODY + "!"), text(BODY, config={"model": "m"})
    assert risk_of(None, model, Bump.MAJOR) is Risk.FIRST
    assert risk_of(old, typo, Bump.PATCH) is Risk.PATCH
    assert risk_of(old, typo, Bump.MINOR) is Risk.MINOR
    assert risk_of(old, model, Bump.PATCH) is Risk.MAJOR
    assert risk_of(old, typo, Bump.PATCH, answered="MAJOR") is Risk.MAJOR
    assert risk_of(old, model, Bump.PATCH, answered="MINOR") is Risk.MAJOR
