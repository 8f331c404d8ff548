"""A long step that a person watches: one line for the step, and something that moves.

Standard library only, because the first steps run before any package is installed.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, NoReturn

SHOWN_ON_FAILURE = 12  # lines of a failed command that usually hold the cause


class StepError(Exception):
    """A step did not work; the text says which, and what the command answered."""


def stop(sentence: str) -> NoReturn:
    """Print one plain sentence and end with exit code 2."""
    print(sentence, file=sys.stderr, flush=True)
    raise SystemExit(2)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print `title` while the block runs, and the seconds it took when it is done."""
    started = time.monotonic()
    print(f"{title} ...", end="", flush=True)
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def run_visibly(title: str, command: list[str], *, keep_open: tuple[int, ...] = ()) -> None:
    """Run `command` quietly, moving a dot each second until it ends.

    The child inherits the file descriptors `keep_open`, so that a lock held on one lasts as
    long as the child works, even if this process dies. Raises StepError with the last lines.
    """
    with tempfile.TemporaryFile("w+") as output, step(title):
        child = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, pass_fds=keep_open
        )
        try:
            while not _ends_within(child, seconds=1):
                print(".", end="", flush=True)
        except KeyboardInterrupt:
            child.terminate()
            raise
        if child.returncode:
            raise StepError(f"{title} did not work:\n{_tail(output)}")


def _ends_within(child: subprocess.Popen[bytes], *, seconds: float) -> bool:
    try:
        child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _tail(output: IO[str]) -> str:
    output.seek(0)
    return "\n".join(f"  {line}" for line in output.read().splitlines()[-SHOWN_ON_FAILURE:])
