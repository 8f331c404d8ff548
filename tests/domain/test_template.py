"""The one parser of variables: what is one, what is plain text, what is an error with a cure."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.template import TemplateError, compile, parse
from tests.domain.strategies import texts


def test_spans_name_literals_and_variables_where_they_stand() -> None:
    template = parse("Hi {{name}}, {{ tone }}!")
    assert [(span.start, span.end, span.name) for span in template.spans] == [
        (0, 3, None),
        (3, 11, "name"),
        (11, 13, None),
        (13, 23, "tone"),
        (23, 24, None),
    ]
    assert template.literals == ("Hi ", ", ", "!")
    assert template.variables == ("name", "tone")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b": 1}}',
        "{name} ${name} {% if x %}",
        "}} }",
        "{ {x} }",
        "function() { if (x) { y() }}",
        "\\frac{a}{b}",
    ],
)
def test_other_braces_are_plain_text(text: str) -> None:
    template = parse(text)
    assert (template.names, template.errors) == ((), ())
    assert compile(template, {}) == text


def test_a_variable_may_stand_as_a_value_in_json() -> None:
    template = parse('{"user": {"name": {{name}}}}')
    assert compile(template, {"name": '"Ada"'}) == '{"user": {"name": "Ada"}}'


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("Hi\n  {{name", (2, 3), "never closed. Write {{name}}"),
        ("{{name} and {{tone}}", (1, 1), "never closed. Write {{name}}"),
        ("{{a\n}}", (1, 1), "never closed"),
        ('{{"a": 1}}', (1, 1), "Put a space between the braces"),
        ("{{{name}}}", (1, 1), "3 opening braces"),
        ("{{#items}}x", (1, 1), "Mustache tag"),
        ("{{> part}}", (1, 1), "Mustache tag"),
        ("{{user.name}}", (1, 1), "“user.name” is no variable name"),
        ("{{1st}}", (1, 1), "not starting with a digit"),
        ("{{größe}}", (1, 1), "is no variable name"),
        ("{{ }}", (1, 1), "without a name"),
        ("{{" + "a" * 65 + "}}", (1, 1), "up to 64"),
    ],
)
def test_broken_braces_are_named_with_place_and_cure(
    text: str, place: tuple[int, int], said: str
) -> None:
    (error,) = parse(text).errors
    assert (error.line, error.column) == place
    assert said in error.message
    with pytest.raises(TemplateError, match=f"Line {place[0]}, column {place[1]}"):
        compile(parse(text), {})


def test_good_variables_are_found_around_a_broken_one() -> None:
    template = parse("{{a}} {{b} {{c}}")
    assert template.variables == ("a", "c")
    assert [(error.start, error.end) for error in template.errors] == [(6, 11)]


@given(texts)
def test_the_pieces_of_any_text_are_the_text(text: str) -> None:
    template = parse(text)
    assert "".join(text[span.start : span.end] for span in template.spans) == text
    assert len(template.literals) == len(template.names) + 1


@given(texts, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_value_comes_out_as_it_went_in(before: str, value: str) -> None:
    before = before.replace("{", "(")
    template = parse(f"{before}{{{{x}}}} and {{{{x}}}}")
    assert compile(template, {"x": value}) == f"{before}{value} and {value}"


def test_a_value_is_never_read_for_variables() -> None:
    template = parse("{{a}}{{b}}")
    assert compile(template, {"a": "{{b}}", "b": "{{a}}"}) == "{{b}}{{a}}"


def test_a_missing_variable_is_an_error_unless_declared_optional() -> None:
    template = parse("{{a}}-{{b}}-{{c}}")
    with pytest.raises(TemplateError, match=r"No value was given for \{\{b\}\}, \{\{c\}\}\."):
        compile(template, {"a": "1"})
    assert compile(template, {"a": "1"}, optional={"b": "", "c": 3}) == "1--3"


def test_an_unknown_variable_is_an_error_unless_known_elsewhere() -> None:
    template = parse("{{a}}")
    with pytest.raises(TemplateError, match=r"no variable \{\{b\}\}\. It knows \{\{a\}\}\."):
        compile(template, {"a": "1", "b": "2"})
    assert compile(template, {"a": "1", "b": "2"}, known=["b"]) == "1"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (-1e21, "-1" + "0" * 21),
    ],
)
def test_numbers_and_booleans_read_alike_in_every_language(value: object, shown: str) -> None:
    assert compile(parse("{{x}}"), {"x": value}) == shown


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, float("nan"), float("inf")])
def test_a_value_that_is_no_text_is_refused_by_name(value: object) -> None:
    with pytest.raises(TemplateError, match="The value of x is a"):
        compile(parse("{{x}}"), {"x": value})


@pytest.mark.parametrize(
    "text",
    ["{{ " * 87_000, "{" * 262_144, "{{" + " " * 262_000, "{{a\n" * 60_000, "{{a}}" * 52_000],
    ids=["open", "one brace", "blanks", "lines", "variables"],
)
def test_hostile_text_of_full_size_parses_at_once(text: str) -> None:
    started = time.process_time()
    template = parse(text)
    assert time.process_time() - started < 1.0  # About 0.07 s; a quadratic scan takes minutes.
    assert template.errors or len(template.names) == 52_000
