"""What a call is reckoned to take before it is made, so that no budget is gone over."""

from typing import Any

import pytest

from evaluation.providers.base import ModelRequest
from evaluation.providers.tokens import LONGEST_ANSWER, most_tokens


@pytest.mark.parametrize(
    ("params", "most"),
    [
        ({}, LONGEST_ANSWER),
        ({"max_tokens": 100}, 100),
        ({"max_tokens": 1, "max_completion_tokens": 900}, 900),  # one of them holds
        ({"max_tokens": 100, "n": 20}, 2000),  # all are paid for, one is read
        ({"max_tokens": 100, "best_of": 3}, 300),
        ({"max_tokens": -5, "n": "many"}, LONGEST_ANSWER),
    ],
)
def test_at_worst_a_prompt_takes_all_that_its_parameters_ask_for(
    params: dict[str, Any], most: int
) -> None:
    question = ModelRequest("m", [{"role": "user", "content": "Hello?"}], params)
    assert most_tokens(question)[1] == most


def test_letters_of_several_bytes_take_more_tokens_than_those_of_one() -> None:
    def asked(text: str) -> int:
        return most_tokens(ModelRequest("m", [{"role": "user", "content": text}]))[0]

    assert asked("a" * 100) < asked("é" * 100) < asked("漢" * 100) == 156
