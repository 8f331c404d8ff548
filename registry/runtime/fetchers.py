"""Who was seen fetching what: noted in memory by a request, written by a thread beside it."""

from typing import NamedTuple

NOTED = 5_000  # what is more waits for the next fetch, so that odd headers cannot fill the memory


class Seen(NamedTuple):
    """One answered fetch.

    `key` and `prompt` are row numbers; `asked` is a label or an exact version such as 2.4.0;
    `client` is the header X-Pcms-Client as it came, cut to 1,000 characters, or "".
    """

    key: int
    prompt: int
    asked: str
    client: str


_noted: set[Seen] = set()


def note(seen: Seen) -> None:
    """Remember a fetch. Costs no query; it stands for the use of the key too."""
    if len(_noted) < NOTED:
        _noted.add(seen)


def flush() -> set[int]:
    """Write who was seen, and return the keys that were used.

    Raises what the database raises; what was noted then waits for the next time.
    """
    # Here, because the read core imports this module and knows no framework.
    from registry.runtime.fetchers_kept import write

    if not _noted:
        return set()
    seen = _noted.copy()
    write(seen)
    _noted.difference_update(seen)
    return {one.key for one in seen}
