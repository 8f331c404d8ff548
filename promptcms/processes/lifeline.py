"""A child process that does not outlive the process that started it."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def dies_with_parent(farewell: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` that asks Linux to send `farewell` when this process ends.

    The kernel forgets the wish when the child forks, so a child with children of its own
    needs a signal that it can act on. Elsewhere than on Linux the function does nothing.
    """
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def ask() -> None:
        if prctl is None:
            return
        prctl(PR_SET_PDEATHSIG, farewell)
        if os.getppid() != parent:  # it ended before we could ask
            os.kill(os.getpid(), farewell)

    return ask
