"""How many tokens a request may take, before anybody has counted them. Pure.

Estimates: every model cuts text its own way, and no tokeniser is worth its weight here.
"""

from evaluation.providers.base import ModelRequest

CHARACTERS = 4  # of English text in a token; other scripts have fewer
LEAST_CHARACTERS = 2  # what a budget reckons with, so that it is kept
AROUND_A_MESSAGE = 6
ANSWER = 500  # an answer whose length the request does not bound
LONGEST_ANSWER = 4000
BOUNDS = ("max_completion_tokens", "max_tokens")


def expected_tokens(request: ModelRequest) -> int:
    """Return about how many tokens a call takes in all, for a rate of tokens a minute."""
    return _input(request, CHARACTERS) + min(_bound(request) or ANSWER, ANSWER)


def most_tokens(request: ModelRequest) -> tuple[int, int]:
    """Return the input and output tokens that a call takes at worst, for a budget."""
    return _input(request, LEAST_CHARACTERS), _bound(request) or LONGEST_ANSWER


def _input(request: ModelRequest, characters: int) -> int:
    length = sum(len(message.get("content", "")) for message in request.messages)
    return length // characters + AROUND_A_MESSAGE * len(request.messages)


def _bound(request: ModelRequest) -> int | None:
    """Return how many tokens the request lets the answer have; None: as many as it likes."""
    bounds = [request.params.get(name) for name in BOUNDS]
    sound = [n for n in bounds if isinstance(n, int) and not isinstance(n, bool) and n > 0]
    return min(sound, default=None)
