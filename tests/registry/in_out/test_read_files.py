"""Prompts are found in Markdown, text, CSV, JSON and YAML, or it is said why not."""

import json

import pytest

from registry.prompts.in_out.braces import convert, defaults, find_spellings
from registry.prompts.in_out.candidates import Candidate
from registry.prompts.in_out.files import TextFile
from registry.prompts.in_out.names import free_name, proposed_name
from registry.prompts.in_out.read_files import read_candidates


def read(name: str, text: str, columns: dict[str, str] | None = None) -> list[Candidate]:
    return read_candidates([TextFile(name, text)], {name: columns or {}})


def test_markdown_may_begin_with_what_is_known_about_it() -> None:
    (found,) = read(
        "support/refunds.md",
        "---\ntitle: Refunds\ntags: [a, no]\nmodel: gpt-4o\ntemperature: 0.2\nlayout: page\n---\n"
        "\n# Refunds\r\n\nSay {{x}}.\n",
    )
    assert (found.name, found.title, found.tags) == ("support/refunds", "Refunds", ("a", "no"))
    assert found.config == {"model": "gpt-4o", "temperature": 0.2}
    assert found.body == "# Refunds\n\nSay {{x}}."
    assert found.notes == ("Not taken over: layout.",)


@pytest.mark.parametrize(
    "text", ["---\nNo end", "---\nJust words\n---\nText", "Plain", "a\n---\nb"]
)
def test_a_line_of_dashes_is_text_unless_it_holds_fields(text: str) -> None:
    (found,) = read("a.md", text)
    assert (found.body, found.problems) == (text, ())


def test_a_broken_head_is_named_with_its_line_and_two_cures() -> None:
    (found,) = read("a.md", "---\ntitle: x\nname: a: b\n---\nText")
    assert found.problems[0].startswith("Line 3: this is no YAML")
    assert "put an empty line before it" in found.problems[0]


def test_json_and_yaml_hold_a_text_messages_an_object_or_a_list() -> None:
    messages = [{"role": "system", "content": "Hi"}, {"type": "placeholder", "name": "h"}]
    assert read("a.json", '"Hello"')[0].body == "Hello"
    assert read("a.json", json.dumps(messages))[0].body == messages
    assert read("a.yaml", "name: x\nmessages:\n- role: user\n  content: |\n    a\n    b\n")[
        0
    ].body == [{"role": "user", "content": "a\nb\n"}]
    two = read("a.json", json.dumps([{"name": "x", "prompt": "X"}, {"text": "Y", "model": "m"}]))
    assert [(c.place, c.name, c.body, c.made_up) for c in two] == [
        ("a.json, item 1", "x", "X", False),
        ("a.json, item 2", "a 2", "Y", True),
    ]
    assert two[1].config == {"model": "m"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "Line 1, column 2: this is no JSON"),
        ("a.json", '{"a": 1, "a": 2}', "'a' is given twice"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", "3", "a value"),
        ("a.json", '{"name": "x"}', "There is no text in it"),
        ("a.json", '{"data": [{"name": "x", "version": 1, "prompt": "p"}]}', "export of Langfuse"),
        ("a.yaml", "prompt: *x", "anchors and aliases"),
        ("a.csv", "name,prompt\na,b,c\n", "3 cells under 2 columns"),
        ("a.csv", "name,words\na,b\n", "which column holds the text"),
        ("a.csv", "prompt,prompt\na,b\n", "Two columns are named 'prompt'"),
        ("a.csv", 'prompt\n"open', "quotation mark open"),
        ("a.csv", f"prompt\n{'x' * 140_000}", "longer than 128 KiB"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(name: str, text: str, said: str) -> None:
    assert said in read(name, text)[-1].problems[0]


def test_a_table_gives_a_prompt_for_each_row_and_its_columns_can_be_chosen() -> None:
    text = 'act,prompt,for_devs\nLinux Terminal,"Act as\na terminal",TRUE\n,"No name",\n'
    first, second = read("p.csv", text)
    assert (first.place, first.name, first.body) == (
        "p.csv, line 2",
        "Linux Terminal",
        "Act as\na terminal",
    )
    assert (second.place, second.name, second.made_up) == ("p.csv, line 4", "p 4", True)
    chosen = read("p.csv", text, {"act": "title", "for_devs": "tags"})
    assert (chosen[0].title, chosen[0].tags) == ("Linux Terminal", ("TRUE",))
    (semicolons,) = read("p.csv", "name;prompt;temperature\na;b, c;0,5\n")
    assert (semicolons.body, semicolons.config) == ("b, c", {"temperature": "0,5"})


def test_more_than_five_hundred_prompts_are_refused_whole() -> None:
    rows = "prompt\n" + "x\n" * 501
    found = read("p.csv", rows)
    assert len(found) == 501
    assert "more than 500" in found[-1].problems[0]


@pytest.mark.parametrize(
    ("old", "name"),
    [
        ("Linux Terminal", "linux-terminal"),
        ("Teacher of React.js", "teacher-of-react.js"),
        ("Pädagogik / Übung (1)", "padagogik/ubung-1"),
        ("Men's “Style”", "mens-style"),
        ("../..//x", "x"),
        ("prompts/Edit", "prompts/edit-prompt"),
        ("日本語", "prompt"),
        ("a" * 200, "a" * 128),
    ],
)
def test_a_name_is_proposed_that_fits(old: str, name: str) -> None:
    assert proposed_name(old) == name


def test_a_taken_name_gets_a_number_and_stays_short_enough() -> None:
    assert free_name("a", {"a", "a-2"}) == "a-3"
    assert free_name("a" * 128, {"a" * 128}) == "a" * 126 + "-2"


def test_other_braces_are_offered_and_those_of_json_are_not() -> None:
    text = '{x} ${y} ${Mother Tongue:Turkish} {{z}} {"a": {b}} {{{q}}} {} {1} $${w} {x} f(){return}'
    found = find_spellings(text)
    assert [(s.written, s.becomes, s.default, s.count) for s in found] == [
        ("{x}", "x", None, 2),
        ("${y}", "y", None, 1),
        ("${Mother Tongue:Turkish}", "mother_tongue", "Turkish", 1),
        ("{return}", "return", None, 1),
    ]


def test_only_what_was_chosen_is_converted() -> None:
    text = '{x} ${x} {"x": {x}} {{x}} ${T:a b}'
    assert convert(text, {"{x}"}) == '{{x}} ${x} {"x": {x}} {{x}} ${T:a b}'
    assert convert(text, {"${x}", "${T:a b}"}) == '{x} {{x}} {"x": {x}} {{x}} {{T}}'
    assert convert(text, set()) == text
    assert list(defaults(text, {"${x}", "${T:a b}"})) == [("T", "a b")]
