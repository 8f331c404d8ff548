"""Waits until the web process answers, and says so once."""

import http.client
import time
from collections.abc import Callable

PATIENCE = 90.0  # seconds until a start counts as failed
ATTEMPTS = 3  # ends of the web process before its first answer


class UntilReady:
    """Called again and again while the programs run: asks `/healthz` until it answers."""

    def __init__(self, host: str, port: int, announce: Callable[[], None]) -> None:
        self.is_ready = False
        self._host = host
        self._port = port
        self._announce = announce
        self._deadline = time.monotonic() + PATIENCE

    def still_hopeful(self, failures: int) -> bool:
        """Return False when the web process, which ended `failures` times, will not come up."""
        if not self.is_ready and answers(self._host, self._port):
            self.is_ready = True
            self._announce()
        return self.is_ready or (failures < ATTEMPTS and time.monotonic() < self._deadline)


def answers(host: str, port: int) -> bool:
    """Say whether `/healthz` answers at `host` and `port` within a second."""
    connection = http.client.HTTPConnection(host.strip("[]"), port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
