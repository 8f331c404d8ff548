"""Who calls: the header `X-Pcms-Client: name/version;process;variables=a,b`, read for people.

It is a courtesy of the client, so nothing in it can fail a request: what does not fit the
form is kept as a readable name, and its variables then count as unknown. Everybody in the
project sees what is kept, so of an API key that somebody put there only its public part is.
"""

import re
from dataclasses import dataclass

HEADER = "X-Pcms-Client"
HEADER_LENGTH = 1000  # Whoever notes a header cuts it to this many characters.
NAME_LENGTH = 100

_NAME = re.compile(r"[A-Za-z0-9@][\w.@+/ -]*", re.ASCII)
_PROCESS = re.compile(r"[\x21-\x7e]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_VARIABLES = "variables="
_MOST_VARIABLES = 100
_KEY = re.compile(r"(pcms_[a-z]+_[0-9A-Za-z]{8})_[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Caller:
    """A client process; `variables` are the names that it supplies, None when it does not say."""

    client: str
    process: str = ""
    variables: tuple[str, ...] | None = None


def read_client(header: str) -> Caller:
    """Return who sent `header`. Never raises."""
    cut = len(header) >= HEADER_LENGTH
    header = _KEY.sub(r"\1", header)
    name, *rest = (part.strip() for part in header.split(";"))
    process = rest.pop(0) if rest and not rest[0].startswith(_VARIABLES) else ""
    if not (_fits(_NAME, name) and _fits(_PROCESS, process)):
        return Caller(_readable(header))
    given = [part.removeprefix(_VARIABLES) for part in rest if part.startswith(_VARIABLES)]
    if len(given) != 1 or cut:  # a cut list would look like missing ones
        return Caller(name, process)
    return Caller(name, process, _names(given[0]))


def client_words(client: str) -> str:
    """Return the name of a client as people read it: `promptcms-python 0.1.0`."""
    return client.replace("/", " ", 1) or "unnamed client"


def _names(text: str) -> tuple[str, ...] | None:
    """Return the variables of a list `a,b` in alphabetical order; None for what is no list."""
    names = {name.strip() for name in text.split(",")} - {""}
    if len(names) > _MOST_VARIABLES or not all(map(_VARIABLE.fullmatch, names)):
        return None
    return tuple(sorted(names))


def _fits(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) <= NAME_LENGTH and pattern.fullmatch(text) is not None


def _readable(text: str) -> str:
    """Return `text` in one line of printable characters, cut."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= NAME_LENGTH else line[: NAME_LENGTH - 1] + "…"
