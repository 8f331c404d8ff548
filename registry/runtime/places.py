"""So many requests may wait for the database at once; the other threads go on from memory.

A database that hangs takes every thread that asks it. Without a bound, some dozens of pages or
first fetches would leave no thread for the answers that are in memory.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

PATIENCE = 2.0  # seconds that a request waits for a place while the database answers


class Places:
    """`count` places. `away` tells whether the database is known not to answer."""

    def __init__(self, count: int, away: Callable[[], bool]) -> None:
        self._free, self._away = BoundedSemaphore(count), away

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Hold a place within the block; yields False where there is none to be had."""
        held = self._free.acquire(timeout=0 if self._away() else PATIENCE)
        try:
            yield held
        finally:
            if held:
                self._free.release()
