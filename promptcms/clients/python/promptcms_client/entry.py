"""What the cache knows about one question."""

from __future__ import annotations

from math import inf

from promptcms_client.errors import PromptcmsError
from promptcms_client.fetch import Key
from promptcms_client.identity import Supplied
from promptcms_client.prompt import FRESH, SNAPSHOT, STALE, Prompt, Source


class Entry:
    """The last good answer to a question. Times are those of the client's clock, in seconds.

    `prompt` is ready to hand out until `fresh_until`; it is None while a rollout runs, because
    then every call gets a choice of its own. `asked` is when the application last wanted it,
    `tried` when the server was last asked, `due` when it is to be asked again. `supplied`
    remembers the variables that `compile` was given.
    """

    __slots__ = (
        "asked",
        "due",
        "error",
        "fresh_until",
        "key",
        "prompt",
        "source",
        "supplied",
        "tried",
    )

    def __init__(self, key: Key, source: Source, now: float) -> None:
        self.key = key
        self.source = source
        self.prompt: Prompt | None = None
        self.error: PromptcmsError | None = None
        self.supplied = Supplied()
        self.asked = now
        self.tried = now
        self.due = now
        self.fresh_until = -inf

    def state(self, max_stale: float) -> str:
        """Return how good the answer is now."""
        if self.source.snapshot:
            return SNAPSHOT
        stale = self.source.stale or self.source.age() > max_stale
        return STALE if stale else FRESH
