"""The one place where prompts are kept: per name and label, refreshed, never without an answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from math import inf

from promptcms_client.choice import Random, choose
from promptcms_client.entry import Entry
from promptcms_client.errors import NotFound, PromptcmsError, TemplateError, Unavailable
from promptcms_client.fetch import Fetcher, Key
from promptcms_client.prompt import FRESH, Arm, Prompt, Source
from promptcms_client.settings import Settings
from promptcms_client.snapshot import Snapshot

_SERVER_IS_CUT_OFF = Unavailable(
    "The server answers from its memory because it cannot reach its database at the moment."
)
_OFFLINE = Unavailable("PROMPTCMS_OFFLINE is set: the snapshot answers, and nobody is asked.")

log = logging.getLogger("promptcms_client")


class Flight:
    """A question that is under way; whoever has the same waits for its end."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.error: PromptcmsError | None = None


class Cache:
    """Entries by question. Reading one takes no lock; one thread at a time asks for one."""

    def __init__(
        self,
        settings: Settings,
        fetcher: Fetcher,
        snapshot: Snapshot | None,
        clock: Callable[[], float],
        random: Random,
        report: Callable[[Prompt, TemplateError], None],
    ) -> None:
        self.entries: dict[Key, Entry] = {}
        self._settings = settings
        self._fetcher = fetcher
        self._snapshot = snapshot
        self._clock = clock
        self._random = random
        self._report = report
        self.renew()

    def renew(self) -> None:
        """Forget what other threads were doing: after a fork they are gone."""
        self._lock = threading.Lock()
        self._flights: dict[Key, Flight] = {}

    def ready(self, key: Key) -> Entry | None:
        """Return the entry if it may be served without asking, else None."""
        now = self._clock()
        entry = self.entries.get(key)
        if entry is None and self._settings.offline:
            entry = self._offline(key, now)
        if entry is None or self._must_ask(entry, now):
            return None
        entry.asked = now
        return entry

    def get(self, key: Key) -> Entry:
        """Return the entry, asking the server first where that is needed.

        Raises the error of the attempt when nothing at all is known.
        """
        if entry := self.ready(key):
            return entry
        known = key in self.entries
        error = self._ask(key, attempts=1 if known else self._settings.attempts)
        entry = self.entries.get(key)
        if entry is None:
            raise (error or Unavailable("The question was broken off. Ask again.")).again()
        entry.asked = self._clock()
        return entry

    def prompt(self, entry: Entry, unit: str | None) -> Prompt:
        """Return the prompt of an entry, for a unit if a rollout runs, with its state."""
        state = entry.state(self._settings.max_stale)
        if state == FRESH and entry.prompt is not None:
            return entry.prompt
        arm = choose(entry.source.document, unit, self._random)
        error = None if state == FRESH else entry.error
        return self._made(entry, arm, state, error)

    def tick(self) -> None:
        """Ask again for everything whose time has come and that somebody asked for lately."""
        now = self._clock()
        due = [entry for entry in list(self.entries.values()) if self._is_due(entry, now)]
        for place, entry in enumerate(due):
            error = self._ask(entry.key, attempts=1, refresh=True)
            if isinstance(error, Unavailable) and error.status is None:
                for other in due[place + 1 :]:  # no answer at all: the others would wait in vain
                    self._failed(other, error)
                return

    def pause(self) -> float:
        """Return the seconds until the next refresh, at most `refresh`."""
        now = self._clock()
        waits = [e.due - now for e in list(self.entries.values()) if self._is_live(e, now)]
        return max(0.05, min([*waits, self._settings.refresh]))

    def _ask(self, key: Key, attempts: int, *, refresh: bool = False) -> PromptcmsError | None:
        """Ask the server, or wait for the thread that does; return the error, if it failed."""
        with self._lock:
            entry, now = self.entries.get(key), self._clock()
            if entry and not (self._is_due(entry, now) if refresh else self._must_ask(entry, now)):
                return None  # another thread was faster
            flight = self._flights.get(key)
            mine = flight is None
            if flight is None:
                flight = self._flights[key] = Flight()
        if not mine:
            flight.landed.wait()
            return flight.error
        try:
            self._fetch(key, entry, attempts)
        except PromptcmsError as error:
            flight.error = error
            self._fell_short(key, entry, error)
        finally:
            with self._lock:
                self._flights.pop(key, None)
            flight.landed.set()
        return flight.error

    def _fetch(self, key: Key, entry: Entry | None, attempts: int) -> None:
        """Ask, and keep the answer. Raises what the fetcher raises."""
        known = entry.source if entry else None
        supplied = entry.supplied.names if entry else None
        source = self._fetcher.fetch(key, known, supplied, attempts)
        if entry is None:
            entry = Entry(key, source, self._clock())
        if entry.error is not None and not source.stale:
            log.info("promptcms: %s is up to date again.", key.name)
        entry.error = _SERVER_IS_CUT_OFF if source.stale else None
        self._keep(entry, source)
        self.entries[key] = entry

    def _keep(self, entry: Entry, source: Source) -> None:
        """Let an entry serve what the server just answered or confirmed."""
        now = self._clock()
        if source is not entry.source or entry.prompt is None:
            plain = source.document.rollout is None
            arm = Arm(source.document.version)
            entry.source = source
            entry.prompt = self._made(entry, arm, FRESH, None) if plain else None
        entry.tried = now
        entry.due = now + self._until_next()
        entry.fresh_until = inf if source.confirmed is None else -inf
        if source.confirmed is not None and not source.stale:
            entry.fresh_until = source.confirmed + self._settings.max_stale

    def _fell_short(self, key: Key, entry: Entry | None, error: PromptcmsError) -> None:
        """Note a failure; where nothing was ever answered, let the snapshot serve."""
        if entry is None and self._snapshot:
            source = self._snapshot.find(key, self._clock)
            entry = Entry(key, source, self._clock()) if source else None
        if entry:
            self._failed(entry, error)
            self.entries[key] = entry

    def _failed(self, entry: Entry, error: PromptcmsError) -> None:
        if entry.error is None:
            log.warning("promptcms: %s cannot be refreshed: %s", entry.key.name, error.message)
        entry.error = error
        entry.tried = self._clock()
        entry.due = entry.tried + self._until_next()

    def _offline(self, key: Key, now: float) -> Entry:
        """Return the entry of the snapshot. Raises NotFound: there is nobody to ask."""
        source = self._snapshot.find(key, self._clock) if self._snapshot else None
        if source is None:
            raise NotFound(
                f"The snapshot does not hold {key.name} at {key.version or key.label}, and "
                "PROMPTCMS_OFFLINE is set. Write it anew with `python -m promptcms_client pull`."
            )
        entry = self.entries[key] = Entry(key, source, now)
        entry.error = _OFFLINE
        return entry

    def _made(self, entry: Entry, arm: Arm, state: str, error: PromptcmsError | None) -> Prompt:
        return Prompt(
            arm,
            entry.source,
            label=entry.source.document.label,
            state=state,
            error=error,
            supplied=entry.supplied,
            report=self._report,
        )

    def _must_ask(self, entry: Entry, now: float) -> bool:
        """Say whether a get has to wait for the server: too old, and not failed just now."""
        source = entry.source
        if self._settings.offline or (source.confirmed is None and not source.snapshot):
            return False
        if not source.snapshot and source.age() <= self._settings.max_stale:
            return False
        return entry.error is None or now >= entry.tried + self._settings.refresh

    def _is_due(self, entry: Entry, now: float) -> bool:
        return entry.due <= now and self._is_live(entry, now)

    def _is_live(self, entry: Entry, now: float) -> bool:
        """Say whether an entry is refreshed at all: not for ever, and asked for lately."""
        for_ever = entry.source.confirmed is None and not entry.source.snapshot
        if for_ever or self._settings.offline:
            return False
        return now - entry.asked <= self._settings.idle

    def _until_next(self) -> float:
        """Return the seconds until the next refresh; the jitter only makes it sooner."""
        return self._settings.refresh * (1 - self._settings.jitter * self._random.random())
