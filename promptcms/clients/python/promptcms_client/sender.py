"""The thread that sends observations; it runs only while some wait."""

from __future__ import annotations

import logging
import threading

from promptcms_client.observations import Outbox

log = logging.getLogger("promptcms_client")


class Sender:
    """Empties an outbox beside the application, batch by batch."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.renew()

    def renew(self) -> None:
        """Forget the thread: after a fork it runs in the parent only."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopped = False

    def ensure(self) -> None:
        """Start the thread if it does not run, else wake it."""
        with self._lock:
            self._wake.set()
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(
                    target=self._run, name="promptcms-observations", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End the thread, for good; what waits is left to `flush`."""
        self._stopped = True
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            try:
                pause = self._outbox.step()
            except Exception:  # a fault in here must not end the sending for good
                log.exception("promptcms: sending observations broke off; it is tried again.")
                pause = 1.0
            with self._lock:
                if pause is None and not self._wake.is_set():
                    self._thread = None
                    return
            if pause:
                self._wake.wait(pause)
