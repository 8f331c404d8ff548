"""Which models are of one make, as far as their names tell."""

import pytest

from evaluation.domain.judge.family import same_family


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("gpt-4o", "gpt-4.1-mini", True),
        ("openai/gpt-4o", "o3-mini", True),
        ("chatgpt-4o-latest", "gpt-5", True),
        ("claude-sonnet-4", "anthropic/claude-opus-4", True),
        ("gpt-4o", "claude-sonnet-4", False),
        ("llama3.1:70b", "mistral-large", False),
        ("", "", False),
        ("", "gpt-4o", False),
    ],
)
def test_two_names_are_of_one_make_or_not(one: str, other: str, same: bool) -> None:
    assert same_family(one, other) is same
    assert same_family(other, one) is same
