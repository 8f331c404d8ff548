"""Shows what several programs write, line by line, each under its name."""

import os
import selectors
from collections.abc import Callable
from typing import IO

Say = Callable[[str, str], None]


class Relay:
    """Passes every complete line of the outputs it knows to `say(name, line)`."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self._selector = selectors.DefaultSelector()
        self._unfinished: dict[int, bytes] = {}

    def add(self, name: str, output: IO[bytes]) -> None:
        """Take over `output`; it is closed when its last writer has gone."""
        os.set_blocking(output.fileno(), False)
        self._selector.register(output, selectors.EVENT_READ, (name, output))

    def relay(self, seconds: float) -> None:
        """Wait up to `seconds` for output and show the lines that are complete."""
        for key, _ in self._selector.select(timeout=seconds):
            name, output = key.data
            chunk = os.read(key.fd, 65536)
            *lines, rest = (self._unfinished.pop(key.fd, b"") + chunk).split(b"\n")
            for line in lines:
                self.say(name, line.decode(errors="replace").rstrip())
            if chunk:
                self._unfinished[key.fd] = rest
            else:
                self._selector.unregister(output)
                output.close()
