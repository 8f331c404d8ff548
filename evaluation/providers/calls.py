"""Ask one connection from many threads: within its places, within its rate.

    if caller.wait(request) == 0.0:          # the place and the share of the rate are taken
        future = caller.submit(pool, request)  # one attempt; the place is free when it ends

`wait` tells otherwise in how many seconds to ask again. All shards that a process works on
share the places of a connection; all workers share its rate.

While nothing is wrong, half as many calls again may be submitted ahead: they wait in the
pool, so that a thread that has an answer goes on at once while its owner writes to the
database. Without that each write would leave the places empty for as long as it takes.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future

from evaluation.providers.base import (
    ModelRequest,
    ModelResponse,
    Provider,
    ProviderError,
    RateLimited,
)
from evaluation.providers.pace import Pace
from evaluation.providers.rate import SLACK, Rate
from evaluation.providers.tokens import expected_tokens

SEVERAL = SLACK / 2  # seconds in which a fast rate has several shares, to ask it less often
FULL = 0.05  # seconds until a place may be free that somebody else's answer frees


class Caller:
    """The one way from this process to a connection. Safe to share between threads."""

    def __init__(
        self,
        provider: Provider,
        *,
        at_once: int,
        rate: Rate | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider, self._rate, self._clock = provider, rate, clock
        self._at_once = at_once
        self._pace = Pace(at_once)
        self._asking = threading.BoundedSemaphore(at_once)
        self._under_way = 0
        self._lock = threading.Lock()

    @property
    def places(self) -> int:
        """How many questions may be submitted now in this process, those ahead included."""
        places = self._pace.places
        return places + places // 2 if places == self._at_once else places

    def wait(self, request: ModelRequest) -> float:
        """Take a place and a share of the rate: 0.0. Or return the seconds to wait before.

        Whoever got 0.0 calls `submit` next.
        """
        with self._lock:
            if self._under_way >= self.places:
                return FULL
            self._under_way += 1
        wait = self._rate.take(expected_tokens(request)) if self._rate else 0.0
        if wait > 0.0:
            self._leave()
            return max(wait, SEVERAL)
        return 0.0

    def submit(self, pool: Executor, request: ModelRequest) -> Future[ModelResponse]:
        """Make one attempt in a thread of `pool`, after `wait` gave 0.0."""
        future = pool.submit(self._in_turn, request)
        future.add_done_callback(lambda _: self._leave())  # also when it is cancelled
        return future

    def complete(self, request: ModelRequest) -> ModelResponse:
        """Make one attempt here, for somebody who waits: within the rate, beside the places.

        Raises RateLimited, Transient or Refused; RateLimited also for a rate that is used up.
        """
        wait = self._rate.take(expected_tokens(request)) if self._rate else 0.0
        if wait > 0.0:
            raise RateLimited("The rate of this connection is used up for the moment.", wait)
        return self._attempt(request)

    def _in_turn(self, request: ModelRequest) -> ModelResponse:
        with self._asking:  # several shards have a pool each, and share the places
            return self._attempt(request)

    def _attempt(self, request: ModelRequest) -> ModelResponse:
        try:
            response = self._provider.complete(request)
        except ProviderError as error:
            if isinstance(error, RateLimited):
                self._note(limited=True)
            raise
        self._note(limited=False)
        if self._rate and response.usage:
            used = response.usage.input_tokens + response.usage.output_tokens
            self._rate.correct(used - expected_tokens(request))
        return response

    def _note(self, *, limited: bool) -> None:
        with self._lock:
            self._pace.note(limited=limited, now=self._clock())

    def _leave(self) -> None:
        with self._lock:
            self._under_way -= 1
