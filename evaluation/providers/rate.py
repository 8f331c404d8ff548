"""Requests and tokens a minute of a connection, shared by all workers through Redis.

A bucket that remembers one moment: when it would be empty again. A share is given if that
lies at most `SLACK` ahead, so that calls come evenly and not in one burst a minute, which
many providers refuse. Without Redis each process keeps its own buckets.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

SLACK = 0.1  # seconds of the rate that may be taken at once
REDIS_SECONDS = 1.0  # how long Redis may take to answer
REDIS_PAUSE = 10.0  # after trouble, so long it is not asked
KEPT_MS = 60_000

log = structlog.get_logger(__name__)

# All buckets or none, by the clock of Redis, in microseconds. Per bucket three arguments:
# time per unit, units, slack. Returns how long to wait; 0: the shares are taken.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local wait, ends = 0, {}
for i, key in ipairs(KEYS) do
  local gap, units, slack = ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  local empty = math.max(tonumber(redis.call('GET', key) or now), now)
  wait = math.max(wait, empty - slack - now)
  ends[i] = empty + gap * units
end
if wait > 0 then return math.ceil(wait) end
for i, key in ipairs(KEYS) do
  local kept = math.ceil((ends[i] - now) / 1000) + ARGV[#ARGV]
  redis.call('SET', key, string.format('%.0f', ends[i]), 'PX', kept)
end
return 0
"""
_CORRECT = """
local empty = redis.call('GET', KEYS[1])
if empty then
  redis.call('SET', KEYS[1], string.format('%.0f', empty + ARGV[1]), 'KEEPTTL')
end
return 0
"""


@dataclass(frozen=True)
class Limits:
    """What a provider allows in a minute; None: not known, so not kept to."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    def __bool__(self) -> bool:
        """Is there anything to keep to?"""
        return bool(self.requests_per_minute or self.tokens_per_minute)


class Rate(Protocol):
    """Gives shares of a connection's rate."""

    def take(self, tokens: int) -> float:
        """Take the share of one call with so many tokens: 0.0, or the seconds until it is there."""
        ...

    def correct(self, tokens: int) -> None:
        """Take so many more tokens, or give them back: what the call really used is known now."""
        ...


@dataclass
class Bucket:
    """One rate in this process. `gap` is the seconds of one unit; times are seconds. Pure."""

    gap: float
    empty: float = 0.0

    @classmethod
    def of(cls, per_minute: int) -> "Bucket":
        """Return the bucket of so many units a minute."""
        return cls(60.0 / per_minute)

    def wait(self, now: float) -> float:
        """Return the seconds until a share may be taken."""
        return max(0.0, self.empty - SLACK - now)

    def take(self, units: int, now: float) -> None:
        """Take units, also more than there are: the next one waits for them."""
        self.empty = max(self.empty, now) + self.gap * units


class OwnRate:
    """Shares among the threads of this process."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._requests = _bucket(limits.requests_per_minute)
        self._tokens = _bucket(limits.tokens_per_minute)

    def take(self, tokens: int) -> float:
        """Take the share of one call, or say in how many seconds it is there."""
        now = self._clock()
        with self._lock:
            wanted = [(b, n) for b, n in ((self._requests, 1), (self._tokens, tokens)) if b]
            wait = max((bucket.wait(now) for bucket, _ in wanted), default=0.0)
            if wait == 0.0:
                for bucket, units in wanted:
                    bucket.take(units, now)
        return wait

    def correct(self, tokens: int) -> None:
        """Move the bucket of tokens by so many."""
        with self._lock:
            if self._tokens:
                self._tokens.empty += self._tokens.gap * tokens


class SharedRate:
    """Shares among all workers, by Redis; while Redis is away, among the threads here."""

    def __init__(self, name: str, limits: Limits, url: str) -> None:
        import redis  # here: the embedded product needs no client

        self._error: type[Exception] = redis.RedisError
        self._own = OwnRate(limits)
        client: Any = redis.Redis.from_url(
            url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        self._take, self._correct = client.register_script(_TAKE), client.register_script(_CORRECT)
        kinds = {"requests": limits.requests_per_minute, "tokens": limits.tokens_per_minute}
        # The braces keep both keys in one place of a cluster.
        self._gaps = {f"promptcms:rate:{{{name}}}:{k}": 60.0 / n for k, n in kinds.items() if n}
        self._away_until = 0.0

    def take(self, tokens: int) -> float:
        """Take the share of one call, or say in how many seconds it is there."""
        arguments: list[float] = []
        for key, gap in self._gaps.items():
            units = tokens if key.endswith(":tokens") else 1
            arguments += [gap * 1e6, units, SLACK * 1e6]
        waited = self._ask(self._take, list(self._gaps), [*arguments, KEPT_MS])
        return self._own.take(tokens) if waited is None else waited / 1e6

    def correct(self, tokens: int) -> None:
        """Move the bucket of tokens by so many."""
        for key, gap in self._gaps.items():
            of_tokens = tokens and key.endswith(":tokens")
            if of_tokens and self._ask(self._correct, [key], [gap * 1e6 * tokens]) is None:
                self._own.correct(tokens)

    def _ask(self, script: Any, keys: Sequence[str], arguments: Sequence[float]) -> int | None:
        """Run the script; None while Redis does not answer."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return int(script(keys=keys, args=arguments))
        except self._error as error:
            self._away_until = time.monotonic() + REDIS_PAUSE
            log.warning("no Redis: each worker keeps the rate alone", error=type(error).__name__)
            return None


def rate_of(name: str, limits: Limits, redis_url: str) -> Rate | None:
    """Return who gives the shares of the connection called `name`; None without limits."""
    if not limits:
        return None
    return SharedRate(name, limits, redis_url) if redis_url else OwnRate(limits)


def _bucket(per_minute: int | None) -> Bucket | None:
    return Bucket.of(per_minute) if per_minute else None
