"""How many tokens a request may take, before anybody has counted them. Pure.

Estimates: every model cuts text its own way, and no tokeniser is worth its weight here.
"""

from collections.abc import Callable

from evaluation.providers.base import ModelRequest

CHARACTERS = 4  # of English text in a token; other scripts have fewer
LEAST_BYTES = 2  # of a token: what a budget reckons with, so that it is kept
AROUND_A_MESSAGE = 6
ANSWER = 500  # an answer whose length the request does not bound
LONGEST_ANSWER = 4000
BOUNDS = ("max_completion_tokens", "max_tokens")
CHOICES = ("n", "best_of")


def expected_tokens(request: ModelRequest) -> int:
    """Return about how many tokens a call takes in all, for a rate of tokens a minute."""
    length = sum(len(message.get("content", "")) for message in request.messages)
    asked = length // CHARACTERS + AROUND_A_MESSAGE * len(request.messages)
    return asked + min(_bound(request, min) or ANSWER, ANSWER) * _choices(request)


def most_tokens(request: ModelRequest) -> tuple[int, int]:
    """Return the input and output tokens that a call takes at worst, for a budget."""
    size = sum(
        len(message.get("content", "").encode(errors="replace")) for message in request.messages
    )
    asked = size // LEAST_BYTES + AROUND_A_MESSAGE * len(request.messages)
    return asked, (_bound(request, max) or LONGEST_ANSWER) * _choices(request)


def _bound(request: ModelRequest, which: Callable[[list[int]], int]) -> int | None:
    """Return how many tokens the request lets the answer have; None: as many as it likes.

    `which` of two bounds counts, where a prompt gives both names for it.
    """
    sound = [number for name in BOUNDS if (number := _number(request, name))]
    return which(sound) if sound else None


def _choices(request: ModelRequest) -> int:
    """Return how many answers are written and paid for, though only the first one is read."""
    return max([1, *(number for name in CHOICES if (number := _number(request, name)))])


def _number(request: ModelRequest, name: str) -> int | None:
    value = request.params.get(name)
    sound = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if sound else None
