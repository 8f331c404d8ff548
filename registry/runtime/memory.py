"""The read core's store in memory: what was answered stays until a generation says it changed.

Only `check` learns of changes, and only a change makes anything be forgotten; so what is told
is as old as the last check. `refresher` calls it while somebody asks. An answer that was read
from the source while a check ran might belong before or after that change: it is given, not kept.
"""

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from registry.runtime.core import Found, Generation, Missing, Reader, Store, StoreError
from registry.runtime.key_format import digest_of
from registry.runtime.places import Places
from registry.runtime.question import Semver

MISSING = 4096  # answers of the kind "there is no such prompt" that are kept
OVERHEAD = 700  # bytes that an answer takes besides its body
FLIGHT_SECONDS = 2.0  # a request waits at most so long for another one's question

NOTHING = Generation("", -1)


@dataclass(frozen=True, slots=True)
class News:
    """What changed up to `generation`; `time` is the database's clock in Unix seconds."""

    generation: Generation
    time: float
    prompts: frozenset[int] = frozenset()
    keys: bool = False
    everything: bool = False


class Source(Store, Protocol):
    """Where a memory is filled from: the database. Every method may raise StoreError."""

    def readers(self) -> dict[str, Reader]:
        """Return all live keys, by the SHA-256 of the key in hexadecimal."""
        ...

    def news(self, known: Generation) -> News:
        """Return what changed since the generation `known`."""
        ...


class MemoryStore:
    """Answers as `source` would, without asking it again. `limit` is in bytes of answers.

    At most `places` questions are put to the source at once.

    All methods may be called by many threads. Reading takes no lock.
    """

    def __init__(
        self,
        source: Source,
        *,
        limit: int,
        clock: Callable[[], float] = time.monotonic,
        places: int = 8,
    ) -> None:
        self.generation = NOTHING
        self.checked = -1e9  # by `clock`: when the last check began that the source answered
        self.away = False  # the source did not answer the last check
        self.fills = 0
        self.limit = limit
        self.forgotten = 0  # bytes, ever: who still holds on to an answer learns how many are gone
        self._source, self._clock = source, clock
        self._ahead = 0.0  # what the database's clock shows more than ours
        self.readers: dict[str, Reader] = {}  # replaced whole when a key changed
        self._found: dict[Hashable, Found] = {}
        self._of_prompt: dict[int, set[Hashable]] = {}
        self._missing: dict[Hashable, Missing] = {}
        self._bytes = 0
        self._flights: dict[tuple[Hashable, Generation], Future[Found | Missing]] = {}
        self._lock = Lock()
        self._places = Places(places, lambda: self.away)

    @property
    def behind(self) -> float | None:
        """Seconds since the last good check, while the source does not answer; else None."""
        return self._clock() - self.checked if self.away else None

    @property
    def size(self) -> tuple[int, int]:
        """How many answers are kept, and how many bytes they take."""
        return len(self._found), self._bytes

    def reader(self, secret: str) -> Reader | None:
        """Return whom the key stands for. Raises StoreError before the first check."""
        if self.generation is NOTHING:
            raise StoreError
        reader = self.readers.get(digest_of(secret))
        return reader if reader and self._clock() < self.ends(reader) else None

    def ends(self, reader: Reader) -> float:
        """Return when the key of `reader` expires, by our clock."""
        return reader.expires - self._ahead

    def label(self, reader: Reader, name: str, label: str) -> Found | Missing:
        """Return what a label of a prompt answers to this reader."""
        key = (reader.project, name, label, reader.labels)
        return self._get(key, lambda: self._source.label(reader, name, label))

    def version(self, reader: Reader, name: str, semver: Semver) -> Found | Missing:
        """Return an exact version, if this reader may see it."""
        key = (reader.project, name, semver, reader.labels)
        return self._get(key, lambda: self._source.version(reader, name, semver))

    def told(self, found: Found) -> Generation:
        """Return up to which generation `found` is known to hold.

        What is not kept may have been read before a change that is known by now.
        """
        now = self.generation  # first: what it made be forgotten is no longer live
        later = found.generation.number > now.number
        return now if found.live and not later else found.generation

    def check(self) -> bool:
        """Ask the source what changed, and forget that. Returns whether it answered."""
        began = self._clock()
        try:
            news = self._source.news(self.generation)
            readers = self._source.readers() if news.keys else None
        except StoreError:
            self.away = True
            return False
        with self._lock:
            self._apply(news)
            self._ahead = news.time - self._clock()
            if readers is not None:
                self.readers = readers
            self.checked, self.away = began, False
        return True

    def _apply(self, news: News) -> None:
        if news.generation == self.generation:
            return
        self._missing.clear()
        if news.everything:
            for found in self._found.values():
                found.live = False
            self._found.clear()
            self._of_prompt.clear()
            self.forgotten += self._bytes
            self._bytes = 0
        for prompt in news.prompts:
            for key in self._of_prompt.pop(prompt, ()):
                self._forget(key)
        self.generation = news.generation  # last: only what is still live holds in it

    def _get(self, key: Hashable, fill: Callable[[], Found | Missing]) -> Found | Missing:
        found = self._found.get(key)
        if found is not None:
            found.asked = True
            return found
        missing = self._missing.get(key)
        if missing is not None:
            return missing
        if self.away:
            raise StoreError
        return self._fill(key, fill)

    def _fill(self, key: Hashable, fill: Callable[[], Found | Missing]) -> Found | Missing:
        """Ask the source, once for all who want the same at the same time."""
        with self._lock:
            if (kept := self._found.get(key)) is not None:
                return kept  # since we looked: a second one would not be told of changes
            known = self.generation
            place = (key, known)  # a question from before a change may bring what was before it
            flight = self._flights.get(place)
            if flight is None:
                mine: Future[Found | Missing] = Future()
                self._flights[place] = mine
        if flight is not None:
            return _result(flight)
        try:
            with self._places.one() as free:
                if not free:
                    raise StoreError
                found = fill()
            self._keep(key, found, known)
            mine.set_result(found)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            del self._flights[place]
        return found

    def _keep(self, key: Hashable, found: Found | Missing, known: Generation) -> None:
        """Keep an answer, unless something changed while it was read."""
        with self._lock:
            self.fills += 1
            if self.generation is not known:
                return
            if isinstance(found, Missing):
                self._missing[key] = found
                if len(self._missing) > MISSING:
                    del self._missing[next(iter(self._missing))]
                return
            size = len(found.body) + OVERHEAD
            if size > self.limit:
                return
            found.live = True
            self._found[key] = found
            self._of_prompt.setdefault(found.prompt, set()).add(key)
            self._bytes += size
            self._make_room()

    def _make_room(self) -> None:
        """Forget what was not asked for since it was last passed here, the oldest first."""
        while self._bytes > self.limit:
            key, found = next(iter(self._found.items()))
            if found.asked:
                found.asked = False
                self._found[key] = self._found.pop(key)
                continue
            keys = self._of_prompt[found.prompt]
            keys.discard(key)
            if not keys:
                del self._of_prompt[found.prompt]
            self._forget(key)

    def _forget(self, key: Hashable) -> None:
        found = self._found.pop(key)
        found.live = False
        size = len(found.body) + OVERHEAD
        self._bytes -= size
        self.forgotten += size


def _result(flight: "Future[Found | Missing]") -> Found | Missing:
    """Return what another request is asking for. Raises StoreError when it takes too long."""
    try:
        return flight.result(FLIGHT_SECONDS)
    except NotInTime:
        raise StoreError from None
