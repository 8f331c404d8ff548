"""One `up` at a time for one folder of run-time files.

The claim is a file lock that the children inherit: it ends when the last of them has
ended, however that happens, and no file needs cleaning up.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TakenError(Exception):
    """The folder is in use; the text says by what."""


@contextmanager
def claim(var: Path, note: str) -> Iterator[int]:
    """Hold `var` for the block, leaving `note` for whoever asks; yield the lock's descriptor.

    Raises TakenError with the holder's note when somebody else holds it.
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise TakenError(file.read().strip() or "another process") from None
        file.truncate(0)
        file.write(note)
        file.flush()
        yield file.fileno()
