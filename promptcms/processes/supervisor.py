"""Keeps a fixed set of programs running until a signal, then stops them all.

One thread, one loop: start what is due, relay output, bury what ended. Programs are asked
to stop and get twenty seconds for it; a second signal takes that time away.
"""

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

from promptcms.processes.child import Child, Program
from promptcms.processes.relay import Relay, Say

GRACE = 20.0  # seconds between asking the programs to stop and killing them
BREATH = 0.1  # seconds the loop waits for output


class Supervisor:
    """Runs programs; `say(name, line)` shows a line of theirs, or one about them."""

    def __init__(
        self, programs: Sequence[Program], environment: Mapping[str, str], keep_open: int, say: Say
    ) -> None:
        self._children = [Child(program) for program in programs]
        self._environment = environment
        self._keep_open = keep_open
        self._relay = Relay(say)
        self._signals: list[int] = []

    def run(self, tick: Callable[[], bool]) -> int:
        """Run until a signal comes or `tick` returns False; return the exit code.

        The code is 128 plus the signal's number, as shells expect, or 1 if `tick` ended it.
        """
        heeded = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
            heeded.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._note) for number in heeded}
        try:
            while not self._signals and tick():
                self._start_due(time.monotonic())
                self._relay.relay(BREATH)
                self._bury_ended(time.monotonic())
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 128 + self._signals[0] if self._signals else 1

    def failures_of(self, name: str) -> int:
        """Return how often in a row the program `name` ended soon after its start."""
        return next(child.failures for child in self._children if child.name == name)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signals.append(number)

    def _start_due(self, now: float) -> None:
        for child in self._children:
            if child.is_due(now):
                self._relay.add(child.name, child.start(now, self._environment, self._keep_open))

    def _bury_ended(self, now: float) -> None:
        for child in self._children:
            if child.has_ended():
                how = child.bury(now)
                self._relay.relay(0)
                pause = child.starts_at - now
                self._relay.say(child.name, f"ended ({how}); it starts again in {pause:.1f} s.")

    def _stop_all(self) -> None:
        for child in self._children:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE
        while any(child.is_running() for child in self._children):
            self._relay.relay(BREATH)
            if time.monotonic() > deadline or len(self._signals) > 1:
                break
        for child in self._children:
            child.kill_group()
        self._relay.relay(0)
