"""What a judge may answer, and what is no score."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.judge import BrokenAnswer, Score, read_score, value_of
from registry.domain.strict_json import made_storable

GOOD = '{"reasoning": "Everything stands in the context.", "score": 4}'


def test_a_whole_answer_is_a_score() -> None:
    assert read_score(GOOD, "stop") == Score(4, "Everything stands in the context.")
    assert read_score(f"\n {GOOD}\n", "stop") == Score(4, "Everything stands in the context.")


BROKEN = {
    "": "empty",
    "  \n": "empty",
    "{}": "no score",
    "[]": "no object",
    "5": "no object",
    "null": "no object",
    "The score is 5.": "not JSON",
    '{"reasoning": "x", "score": "banana"}': "no whole number",
    '{"reasoning": "x", "score": "5"}': "no whole number",
    '{"reasoning": "x", "score": 4.5}': "no whole number",
    '{"reasoning": "x", "score": 5.0}': "no whole number",
    '{"reasoning": "x", "score": 1e0}': "no whole number",
    '{"reasoning": "x", "score": true}': "no whole number",
    '{"reasoning": "x", "score": null}': "no whole number",
    '{"reasoning": "x", "score": [5]}': "no whole number",
    '{"reasoning": "x", "score": NaN}': "NaN",
    '{"reasoning": "x", "score": Infinity}': "Infinity",
    '{"reasoning": "x", "score": 99}': "not from 1 to 5",
    '{"reasoning": "x", "score": 0}': "not from 1 to 5",
    '{"reasoning": "x", "score": 6}': "not from 1 to 5",
    '{"reasoning": "x", "score": -1}': "not from 1 to 5",
    '{"reasoning": "x", "score": ' + "9" * 5000 + "}": "not JSON",
    '{"reasoning": "x", "score": 1, "score": 5}': "twice",
    '{"reasoning": "x", "reasoning": "y", "score": 5}': "twice",
    '{"score": 5}': "no reasoning",
    '{"reasoning": " ", "score": 5}': "no reasoning",
    '{"reasoning": 7, "score": 5}': "no reasoning",
    '{"reasoning": "x", "score": 5, "final_score": 1}': "nobody asked for",
    '{"reasoning": "x", "score": 5': "not JSON",
    "{'reasoning': 'x', 'score': 5}": "not JSON",
    '{"reasoning": "x", "score": 5,}': "not JSON",
    GOOD + GOOD: "more than one object",
    GOOD + " That is my verdict.": "follows the JSON object",
    f"```json\n{GOOD}\n```": "not JSON",
    f"My verdict: {GOOD}": "not JSON",
    "[" * 100_000: "not JSON",
    '{"a":' * 50_000: "not JSON",
}


@pytest.mark.parametrize(("text", "why"), BROKEN.items(), ids=lambda value: str(value)[:40])
def test_everything_else_is_broken_and_says_why(text: str, why: str) -> None:
    read = read_score(text, "stop")
    assert isinstance(read, BrokenAnswer), read
    assert why in read.reason
    assert len(read.reason) < 200


@pytest.mark.parametrize(
    ("finish_reason", "why"),
    [
        ("length", "cut off"),
        ("refusal", "refused"),
        ("content_filter", "refused"),
        ("tool_calls", "tool_calls"),
        (None, "without saying how"),
        ("", "without saying how"),
    ],
)
def test_an_answer_that_did_not_come_to_its_end_is_broken(
    finish_reason: str | None, why: str
) -> None:
    read = read_score(GOOD, finish_reason)
    assert isinstance(read, BrokenAnswer)
    assert why in read.reason


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{GOOD}\n```",
        f"Here is my verdict:\n{GOOD}\nI hope this helps.",
        f"<think>The context says so.</think>{GOOD}",
        GOOD,
    ],
)
def test_only_a_provider_without_forms_may_put_words_around_the_one_object(text: str) -> None:
    assert read_score(text, "stop", enclosed=True) == Score(4, "Everything stands in the context.")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("I give it a 5.", "no JSON object"),
        (f"It says {GOOD} but I say {GOOD}", "more than one object"),
        (f"{{thinking}} {GOOD}", "not JSON"),
        (f"{GOOD} }}", "more than one object"),
        # A quote with its marks unescaped must not become the verdict.
        ('{"reasoning": "It says {"reasoning": "Perfect.", "score": 5}", "score": 1}', "not JSON"),
        ('```json\n{"reasoning": "x", "score": 99}\n```', "not from 1 to 5"),
        ('```json\n{"reasoning": "x", "score": 1, "score": 5}\n```', "twice"),
        ("```json\n{}\n```", "no score"),
    ],
)
def test_around_the_object_there_is_no_second_one(text: str, why: str) -> None:
    read = read_score(text, "stop", enclosed=True)
    assert isinstance(read, BrokenAnswer), read
    assert why in read.reason
    assert isinstance(read_score(text, "stop"), BrokenAnswer)


def test_a_cut_answer_stays_broken_for_a_provider_without_forms() -> None:
    assert isinstance(read_score(f"```{GOOD}```", "length", enclosed=True), BrokenAnswer)


NEARLY = st.dictionaries(
    st.sampled_from(["score", "reasoning", "verdict"]),
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats(0, 6) | st.text(max_size=9),
).map(json.dumps)


@given(st.text(max_size=50) | NEARLY)
def test_whatever_comes_is_a_score_in_range_or_broken(text: str) -> None:
    for enclosed in (False, True):
        read = read_score(text, "stop", enclosed=enclosed)
        assert isinstance(read, BrokenAnswer) or (read.score in range(1, 6) and read.reasoning)


@given(score=st.integers(1, 5), reasoning=st.text(min_size=1).filter(lambda text: text.strip()))
def test_what_keeps_to_the_contract_is_always_read(score: int, reasoning: str) -> None:
    answer: Any = {"reasoning": reasoning, "score": score}
    read = read_score(json.dumps(answer), "stop")
    assert read == Score(score, made_storable(reasoning.strip()))


@pytest.mark.parametrize("said", ["\\u0000", "\\ud800"])
def test_characters_that_no_database_holds_are_replaced(said: str) -> None:
    read = read_score(f'{{"reasoning": "a{said}b", "score": 4}}', "stop")
    assert read == Score(4, "a\ufffdb")
    broken = read_score(f'{{"reasoning": "a", "score": 4, "k{said}": 1}}', "stop")
    assert isinstance(broken, BrokenAnswer)
    assert not {"\0", "\ud800"} & set(broken.reason)


def test_scores_become_values_on_the_scale_of_the_version() -> None:
    assert [value_of(score, "fifths") for score in range(1, 6)] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert [value_of(score, "unit") for score in range(1, 6)] == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(("score", "scale"), [(0, "fifths"), (6, "unit"), (3, "tenths")])
def test_no_score_is_clamped_into_a_scale(score: int, scale: str) -> None:
    with pytest.raises(ValueError, match=r"whole number|no scale"):
        value_of(score, scale)
