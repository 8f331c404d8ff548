"""The supervisor, with small programs of our own instead of the product's."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from promptcms.processes.child import Program
from promptcms.processes.supervisor import Supervisor
from tests.processes.product import wait_until

PATIENCE = 15.0  # seconds until a condition counts as missed


@pytest.fixture
def said() -> list[tuple[str, str]]:
    """What the programs wrote, as (name, line)."""
    return []


@pytest.fixture
def supervise(said: list[tuple[str, str]]) -> Iterator[Callable[..., int]]:
    """Run programs until `until` holds or a signal comes; return the exit code."""
    with open(os.devnull) as nothing:

        def run(*sources: str, until: Callable[[], bool] = lambda: False) -> int:
            programs = [
                Program(f"p{number}", (sys.executable, "-c", source))
                for number, source in enumerate(sources)
            ]
            deadline = time.monotonic() + PATIENCE
            supervisor = Supervisor(
                programs, os.environ, nothing.fileno(), lambda *words: said.append(words)
            )
            return supervisor.run(lambda: time.monotonic() < deadline and not until())

        yield run


def test_every_line_is_shown_under_the_name_of_its_program(
    supervise: Callable[..., int], said: list[tuple[str, str]]
) -> None:
    talk = (
        "import time\n"
        "print('half', end='', flush=True)\n"
        "time.sleep(0.2)\n"
        "print(' done', flush=True)\n"
        "time.sleep(60)\n"
    )
    supervise(talk, talk, until=lambda: len(said) == 2)
    assert sorted(said) == [("p0", "half done"), ("p1", "half done")]


def test_a_program_that_ends_starts_again_after_a_pause_that_doubles(
    supervise: Callable[..., int], said: list[tuple[str, str]]
) -> None:
    supervise("raise SystemExit(3)", until=lambda: len(said) == 2)
    assert said == [
        ("p0", "ended (exit code 3); it starts again in 0.5 s."),
        ("p0", "ended (exit code 3); it starts again in 1.0 s."),
    ]


def test_what_a_killed_program_started_ends_before_it_starts_again(
    supervise: Callable[..., int], said: list[tuple[str, str]]
) -> None:
    source = (
        "import os, signal, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    supervise(source, until=lambda: any("SIGKILL" in line for _, line in said))
    inner = int(said[0][1])
    assert said[1] == ("p0", "ended (killed by SIGKILL); it starts again in 0.5 s.")
    assert wait_until(lambda: not _lives(inner), seconds=5) < 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_programs_finish_and_becomes_the_exit_code(
    supervise: Callable[..., int], said: list[tuple[str, str]], number: signal.Signals
) -> None:
    source = (
        "import signal, time\n"
        "def finish(*_): print('finished', flush=True); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, finish)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )

    def interrupt_when_ready() -> bool:
        if said == [("p0", "ready")]:
            os.kill(os.getpid(), number)
        return False

    assert supervise(source, until=interrupt_when_ready) == 128 + number
    assert said == [("p0", "ready"), ("p0", "finished")]


def test_a_second_signal_ends_a_program_that_does_not_listen(
    supervise: Callable[..., int], said: list[tuple[str, str]]
) -> None:
    deaf = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(60)\n"
    )

    def interrupt_twice() -> bool:
        if said:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        return False

    started = time.monotonic()
    assert supervise(deaf, until=interrupt_twice) == 130
    assert time.monotonic() - started < PATIENCE
    assert not _lives(int(said[0][1]))


def _lives(pid: int) -> bool:
    """Say whether a process runs; one that nobody has buried yet does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
