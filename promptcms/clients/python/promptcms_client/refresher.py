"""The thread that keeps the cache young. It does not keep the process alive, nor the cache."""

from __future__ import annotations

import logging
import threading
import weakref

from promptcms_client.cache import Cache

log = logging.getLogger("promptcms_client")


class Refresher:
    """Ticks the cache whenever something is due; starts at the first use."""

    def __init__(self, cache: Cache) -> None:
        self._cache = weakref.ref(cache)
        self.renew()

    def renew(self) -> None:
        """Forget the thread: after a fork it runs in the parent only."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopped = False

    def ensure(self) -> None:
        """Start the thread if it does not run; else let it look when the next refresh is."""
        if self._thread is not None:
            self._wake.set()
            return
        with self._lock:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(
                    target=_run, args=(self, self._wake), name="promptcms-refresh", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End the thread, for good."""
        self._stopped = True
        self._wake.set()

    def tick(self) -> float:
        """Refresh what is due; return how long to wait. Below 0 when there is nothing left."""
        cache = self._cache()
        if cache is None or self._stopped:
            return -1.0
        try:
            cache.tick()
        except Exception:  # a fault in here must not end the refreshing for good
            log.exception("promptcms: a refresh broke off; it is tried again.")
        return cache.pause()


def _run(refresher: Refresher, wake: threading.Event) -> None:
    while (pause := refresher.tick()) >= 0:
        wake.wait(pause)
        wake.clear()
