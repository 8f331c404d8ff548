"""The calls of a shard through one connection: which one is next, and when."""

import heapq
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal

from evaluation.offline.jobs import Job
from evaluation.providers.base import ModelRequest
from evaluation.providers.connections import Connection
from evaluation.providers.prices import most_cost_of
from evaluation.providers.retry import Tries


@dataclass(eq=False)
class Call:
    """A job on its way, and what it has been through. `started` is in monotonic seconds.

    `worst` are the dollars it costs at most, 0 where no price is known.
    """

    job: Job
    request: ModelRequest | None = None
    tries: Tries = field(default_factory=Tries)
    started: float = 0.0
    worst: Decimal = Decimal(0)

    @property
    def calls(self) -> int:
        """How often it was put so far, this time included."""
        return self.tries.failed + self.tries.limited + 1

    @property
    def paid_calls(self) -> int:
        """How many of these count in a budget: what a provider only put off does not."""
        return self.tries.failed + 1

    def prepare(self) -> ModelRequest:
        """Return the request; it is made once. Raises TemplateError when a value is missing."""
        if self.request is None:
            self.request = self.job.question()
            self.started = time.monotonic()
            self.worst = most_cost_of(self.job.connection, self.request) or Decimal(0)
        return self.request


class Lane:
    """The way to one connection. What waits for another try takes no place in it.

    An answer keeps its place until its row is written: so a worker that dies costs at most as
    many calls as there are places, however slow the database is.
    """

    def __init__(self, connection: Connection, fresh: Iterator[Job] | None = None) -> None:
        self.connection = connection
        self.pool = ThreadPoolExecutor(connection.at_once)
        self.flying = 0
        self.unwritten = 0
        self._fresh = fresh
        self._ready: deque[Call] = deque()
        self._waiting: list[tuple[float, int, Call]] = []  # a heap by the time to ask again
        self._closed_until = self._looked = 0.0

    def add(self, job: Job) -> None:
        """Queue a job that depended on a row; such jobs go before fresh ones."""
        self._ready.append(Call(job))

    def next(self) -> Call | None:
        """Take the call to make now: what waited long enough, what is ready, a fresh one."""
        now = self._looked = time.monotonic()
        taken = self.flying + self.unwritten
        if now < self._closed_until or taken >= self.connection.caller.places:
            return None
        if self._waiting and self._waiting[0][0] <= now:
            return heapq.heappop(self._waiting)[2]
        if self._ready:
            return self._ready.popleft()
        job = next(self._fresh, None) if self._fresh else None
        if job is None:
            self._fresh = None
            return None
        return Call(job)

    def put_back(self, call: Call, *, pause: float = 0.0) -> None:
        """Take back a call that could not be made, as the next one after `pause` seconds."""
        self._ready.appendleft(call)
        self._closed_until = self._looked + pause

    def later(self, call: Call, wait: float) -> None:
        """Make the call again in `wait` seconds."""
        heapq.heappush(self._waiting, (time.monotonic() + wait, id(call), call))

    @property
    def opens_at(self) -> float:
        """When to look again, in monotonic seconds; infinity: when an answer has landed.

        What was due at the last look and yet not asked waits for a place, not for a moment.
        """
        moments = [self._closed_until, *(at for at, _, _ in self._waiting[:1])]
        return min((at for at in moments if at > self._looked), default=float("inf"))

    @property
    def empty(self) -> bool:
        """Is nothing left to ask, as far as is known now?"""
        return not (self.flying or self._waiting or self._ready or self._fresh)

    def close(self) -> None:
        """Let go of the threads; what is queued in them is dropped."""
        self.pool.shutdown(wait=False, cancel_futures=True)
