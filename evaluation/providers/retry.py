"""When to ask again. Pure: no clock, no sleep, no randomness of its own.

A rate limit does not use up attempts, since counting them lost most calls under a steady
limit; it is bounded by time. Any other passing trouble is tried five times more.
"""

from dataclasses import dataclass, replace

from evaluation.providers.base import ProviderError, RateLimited, Transient


@dataclass(frozen=True)
class RetryRules:
    """Seconds and counts. Waits double from `first_wait` up to `longest_wait`."""

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0
    rate_limit_seconds: float = 600.0


@dataclass(frozen=True)
class Tries:
    """What one call has been through: failed attempts, and how often it was rate limited."""

    failed: int = 0
    limited: int = 0


@dataclass(frozen=True)
class Again:
    """Ask again after `wait` seconds; give `tries` to the next decision."""

    wait: float
    tries: Tries


def ask_again(
    error: ProviderError,
    tries: Tries,
    *,
    elapsed: float,
    draw: float,
    rules: RetryRules | None = None,
) -> Again | None:
    """Return when to ask again after `error`, or None to give up.

    `elapsed` is seconds since the first attempt, `draw` a random number from 0 to 1 that
    spreads the waits from half to the whole, so that many calls do not return at once.
    """
    rules = rules or RetryRules()
    if isinstance(error, RateLimited):
        wait = max(error.retry_after or 0.0, _back_off(tries.limited, draw, rules))
        if elapsed + wait > rules.rate_limit_seconds:
            return None
        return Again(wait, replace(tries, limited=tries.limited + 1))
    if isinstance(error, Transient) and tries.failed < rules.attempts:
        wait = _back_off(tries.failed, draw, rules)
        return Again(wait, replace(tries, failed=tries.failed + 1))
    return None


def _back_off(times: int, draw: float, rules: RetryRules) -> float:
    doubled: float = rules.first_wait * 2.0 ** min(times, 30)
    return min(doubled, rules.longest_wait) * (0.5 + draw / 2)
