"""One child process: its command, its end, and when to start it again."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from promptcms.processes.lifeline import dies_with_parent

FIRST_PAUSE = 0.5  # seconds before the first restart; doubled for each one that follows
LONGEST_PAUSE = 30.0
STEADY = 30.0  # seconds a child must live for its earlier ends to be forgotten


@dataclass(frozen=True)
class Program:
    """What to run under which name, and the signal it gets if the supervisor is killed."""

    name: str
    command: tuple[str, ...]
    farewell: signal.Signals = signal.SIGKILL


class Child:
    """A program, running or waiting for its next start, in a process group of its own."""

    def __init__(self, program: Program) -> None:
        self.name = program.name
        self.failures = 0  # ends in a row, each soon after its start
        self.starts_at = 0.0
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def start(self, now: float, environment: Mapping[str, str], keep_open: int) -> IO[bytes]:
        """Start the program; return its output. The child inherits `keep_open`."""
        self._started_at = now
        self._process = subprocess.Popen(
            self._program.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal reaches only the supervisor
            preexec_fn=dies_with_parent(self._program.farewell),
            pass_fds=[keep_open],
        )
        assert self._process.stdout is not None
        return self._process.stdout

    def is_due(self, now: float) -> bool:
        """Say whether the program is to be started now."""
        return self._process is None and now >= self.starts_at

    def is_running(self) -> bool:
        """Say whether the program has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def has_ended(self) -> bool:
        """Say whether the program has been started, has ended and is not yet buried."""
        return self._process is not None and self._process.poll() is not None

    def bury(self, now: float) -> str:
        """Clear away the ended program, choose when it starts again; return how it ended."""
        assert self._process is not None
        self.kill_group()  # what it started itself must not go on without it
        code = self._process.wait()
        self._process = None
        self.failures = 0 if now - self._started_at > STEADY else self.failures
        self.starts_at = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.failures)
        self.failures += 1
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"

    def ask_to_stop(self) -> None:
        """Let the program finish what it is doing."""
        if self._process is not None:
            self._process.terminate()

    def kill_group(self) -> None:
        """End the program and everything it started, at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
