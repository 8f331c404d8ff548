"""How many questions may be under way at once. Pure: time is an argument, in seconds.

Only a steady storm of rate limits cuts the number. A few 429 among many answers are no
reason: waiting them out is faster, and errors of the provider say nothing about its limits.
"""

from collections import deque

WINDOW = 1.5  # seconds that are looked back upon
ENOUGH = 20  # calls in the window, fewer tell nothing
STORM = 0.25  # share of them that were rate limited
CUT = 0.7
CUT_PAUSE = 0.5  # seconds between two cuts
GROWTH = 0.5  # over the limit, for each answer: about half a place in a round of calls


class Pace:
    """The places of one connection: never more than `most`, never fewer than one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._past: deque[tuple[float, bool]] = deque()
        self._limited = 0
        self._last_cut = float("-inf")

    @property
    def places(self) -> int:
        """How many questions may be under way now."""
        return max(1, int(self._limit))

    def note(self, *, limited: bool, now: float) -> None:
        """Take in how a call ended: with an answer, or `limited` by the provider (429)."""
        self._past.append((now, limited))
        self._limited += limited
        while self._past[0][0] < now - WINDOW:
            self._limited -= self._past.popleft()[1]
        if not limited:
            self._limit = min(self._most, self._limit + GROWTH / self._limit)
        elif self._is_storm() and now >= self._last_cut + CUT_PAUSE:
            self._limit = max(1.0, self._limit * CUT)
            self._last_cut = now

    def _is_storm(self) -> bool:
        return len(self._past) >= ENOUGH and self._limited > STORM * len(self._past)
