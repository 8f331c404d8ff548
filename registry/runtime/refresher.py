"""The thread that keeps a memory true: while somebody asks, it looks four times a second.

No request asks the database whether something changed, so none waits for a database that
hangs; and a process that nobody asks leaves the database alone.
"""

import os
import threading
import time
from collections.abc import Callable

import structlog

from registry.runtime.memory import MemoryStore

PERIOD = 0.25  # seconds between two looks while requests come in
LIMIT = 0.4  # seconds: an older memory is looked after before it is used
PATIENCE = 1.0  # seconds that a request waits for that look
RETRY = 0.5  # seconds after a look that failed

_log = structlog.get_logger(__name__)


class Refresher:
    """Keeps `memory` no older than LIMIT, or marked as behind. One for each process.

    `prepare` is called in the thread, before the first look and before each that follows a
    failed one: it opens anew what the memory's source needs there.
    """

    def __init__(self, memory: MemoryStore, prepare: Callable[[], None] = lambda: None) -> None:
        self._memory, self._prepare = memory, prepare
        self._wanted = threading.Event()
        self._looked = threading.Condition()
        self._process = 0

    def want(self, now: float) -> None:
        """Ask for a look; wait for it when the memory is too old to be used.

        Called by a request that found the last look at least PERIOD old; `now` is monotonic.
        """
        if self._process != os.getpid():
            self._start()
        self._wanted.set()
        memory = self._memory
        if now - memory.checked <= LIMIT or memory.away:
            return
        with self._looked:
            recent = self._looked.wait_for(
                lambda: memory.away or now - memory.checked <= LIMIT, PATIENCE
            )
        if not recent:  # it hangs: let nobody else wait, and mark what is told from here on
            memory.away = True

    def _start(self) -> None:
        """Begin to look; again in a process that was forked, which has no threads of its own."""
        with self._looked:
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._run, name="refresher", daemon=True).start()

    def _run(self) -> None:
        answered, well = False, True
        while True:
            self._wanted.wait()
            self._wanted.clear()
            answered = self._look(anew=not answered)
            if answered != well:
                well = answered
                _log.warning("fetches_are_current" if well else "fetches_are_behind")
            with self._looked:
                self._looked.notify_all()
            time.sleep(PERIOD / 2 if answered else RETRY)

    def _look(self, *, anew: bool) -> bool:
        """Look once, and return whether the source answered.

        Whatever breaks, such as a table that is not made yet, must not end the looking for good.
        """
        try:
            if anew:
                self._prepare()
            return self._memory.check()
        except Exception:
            if not self._memory.away:  # once for each time that it breaks
                _log.exception("look_failed")
            self._memory.away = True
            return False
