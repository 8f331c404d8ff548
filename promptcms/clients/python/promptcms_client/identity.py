"""How a client names itself to the server."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Collection, Iterable

NAME = "promptcms-python"
VERSION = "0.1.0"
HEADER = "X-Pcms-Client"
LONGEST_HEADER = 999  # The server reads no further,
MOST_VARIABLES = 100  # and no longer list.

_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


def process_name() -> str:
    """Return host and number of this process, `web-1:4211`."""
    return f"{_UNFIT.sub('-', socket.gethostname())[:64]}:{os.getpid()}"


class Supplied:
    """The variables that `compile` was given for a prompt: `names` is None before the first."""

    __slots__ = ("names",)

    def __init__(self) -> None:
        self.names: frozenset[str] | None = None

    def add(self, values: Iterable[str]) -> None:
        """Note the names of one compile; none is also something to tell."""
        self.names = (self.names or frozenset()).union(values)


def header(client: str, process: str, variables: Collection[str] | None) -> str:
    """Return the header; `variables` are those that `compile` was given, None before it was.

    A list that would be cut is left out: it would look as if variables were missing.
    """
    plain = f"{client};{process}"
    if variables is None or len(variables) > MOST_VARIABLES:
        return plain
    whole = f"{plain};variables={','.join(sorted(variables))}"
    return whole if len(whole) <= LONGEST_HEADER else plain
