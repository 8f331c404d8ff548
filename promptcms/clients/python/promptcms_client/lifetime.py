"""What the end of a process, and a fork of it, mean for the clients in it."""

from __future__ import annotations

import atexit
import os
import weakref
from typing import Protocol

LAST_WORDS = 2.0  # seconds for the reports that wait when the process ends


class Living(Protocol):
    """What a client does when its process ends or is forked."""

    def close(self, timeout: float = ...) -> None:
        """Send what waits and let go."""
        ...

    def renew(self) -> None:
        """Begin anew in a forked process."""
        ...


_clients: weakref.WeakSet[Living] = weakref.WeakSet()


def watch(client: Living) -> None:
    """Close the client when the process ends, renew it in every process forked from this."""
    _clients.add(client)


def _close_all() -> None:
    for client in list(_clients):
        client.close(LAST_WORDS)


def _renew_all() -> None:
    for client in list(_clients):
        client.renew()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_renew_all)
