"""What came of one attempt to deliver, and when the next one is."""

from dataclasses import dataclass
from datetime import timedelta

FIRST_SECONDS = 10.0
LONGEST_SECONDS = 6 * 3600.0
GROWTH = 3


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `error` is a sentence for people; `status` what was answered.

    `is_final`: another attempt cannot help. `is_away`: nobody answered there, so whatever else
    waits for the same receiver can wait with it.
    """

    error: str = ""
    status: int | None = None
    is_final: bool = False
    is_away: bool = False

    @property
    def sent(self) -> bool:
        """Did it arrive?"""
        return not self.error


def pause_after(attempts: int, spread: float) -> timedelta:
    """Return how long to wait after that many failed attempts: 10 s, 30 s, 90 s … 6 h.

    `spread` from 0 to 1 moves it by up to a fifth either way, so that what failed together
    does not return together.
    """
    tries = min(max(attempts, 1), 20) - 1
    seconds = min(FIRST_SECONDS * GROWTH**tries, LONGEST_SECONDS)
    return timedelta(seconds=seconds * (0.8 + 0.4 * spread))
