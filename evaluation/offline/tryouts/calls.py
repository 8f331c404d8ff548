"""Ask a model for somebody who waits: passing trouble is tried again, but not for long."""

import random
import time
from collections.abc import Callable
from threading import Event

from evaluation.providers.base import (
    ModelRequest,
    ModelResponse,
    ProviderError,
    RateLimited,
    Refused,
)
from evaluation.providers.connections import Connection
from evaluation.providers.retry import RetryRules, Tries, ask_again

RULES = RetryRules(attempts=2, rate_limit_seconds=45.0)
LONGEST_SECONDS = 120.0  # after the start of a try-out nothing is asked again
ERROR_LENGTH = 300


class NoAnswer(Exception):
    """The model gave none; the message says why and what to do."""


class Later(Exception):
    """It was not asked any more, because this worker leaves the rest to another."""


class Calls:
    """Asks one connection, from any number of threads. A wait between two tries ends with `leave`.

    `elapsed` is how many seconds ago the whole was started, so that another worker that
    goes on with it does not begin to count anew; after `longest` nothing is asked again.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        elapsed: float,
        rules: RetryRules = RULES,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._connection, self._rules, self._longest = connection, rules, longest
        self._began = time.monotonic() - elapsed
        self._leaving = Event()

    def leave(self) -> None:
        """Ask nothing more; calls that are open come to their end."""
        self._leaving.set()

    def ask(self, request: ModelRequest) -> ModelResponse:
        """Return the answer. Raises NoAnswer, or Later after `leave`."""
        tries = Tries()
        pause: Callable[[float], bool] = self._leaving.wait
        while not self._leaving.is_set():
            try:
                return self._connection.caller.complete(request)
            except ProviderError as error:
                again = ask_again(
                    error, tries, elapsed=self._elapsed(), draw=random.random(), rules=self._rules
                )
                if again is None or self._elapsed() > self._longest:
                    raise NoAnswer(in_words(error, self._connection.name)) from None
                tries = again.tries
                pause(again.wait)
        raise Later

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def in_words(error: ProviderError, connection: str) -> str:
    """Return what went wrong and what to do next, short enough to be kept."""
    if isinstance(error, RateLimited):
        cure = "Wait a minute and try again, or choose fewer cases."
    elif not isinstance(error, Refused):
        cure = f"Try again; if it stays so, somebody must look at the connection {connection}."
    elif error.status in (400, 404, 422):
        cure = "Correct it under “Model”, or choose another connection."
    else:
        cure = ""  # the message names its own
    return f"{str(error)[: ERROR_LENGTH - len(cure) - 1]} {cure}".strip()
