"""The read core before Django: a WSGI wrapper that answers fetches and passes on the rest.

What it answers, a DRF view would answer alike (`registry.runtime.api.prompt.PromptView`), and a
test holds the two together. A request that it has answered before it answers from memory without
reading it again: a digest of its Authorization (no key is kept; BLAKE2 because it costs half of
what SHA-256 does here), its path, query and client are the same, nothing that was told has
changed, and the key has not expired.
"""

import random
import re
import time
from collections.abc import Callable, Iterable
from hashlib import blake2b
from http import HTTPStatus
from itertools import count
from typing import Any

import structlog
from django.utils.encoding import repercent_broken_unicode

from registry.runtime.addresses import is_api
from registry.runtime.answers import GENERATION_HEADER, JSON, Answer, Problem, busy
from registry.runtime.core import (
    Fetch,
    Found,
    Generation,
    Located,
    StoreError,
    locate,
    matches,
    refused,
    respond,
)
from registry.runtime.fetchers import note
from registry.runtime.memory import MemoryStore
from registry.runtime.places import Places
from registry.runtime.refresher import PERIOD, Refresher

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]
Asked = tuple[bytes, str, str, str]

PROMPTS = "/api/v1/prompts/"
BELOW = re.compile(r"/(versions(/[^/]*)?|diff|ledger|rollback)$")  # addresses below a prompt
ALIVE = "/healthz"  # asks nothing and nobody
READY = 100_000  # requests that are remembered with their answers, at most
READY_BYTES = 1500  # that one of them takes, about: together no more than the memory's limit
USUAL = 1000  # characters of a request that is remembered; longer ones would fill the memory
NOTE_SECONDS = 60.0  # who asks is noted once in so long; it is not written more often either
ABOUT_BODY = 2  # so many headers of an answer are left out of a 304
NOSNIFF = ("X-Content-Type-Options", "nosniff")

_log = structlog.get_logger(__name__)
_random = random.SystemRandom()


class Counts:
    """How many fetches were answered, how: counters that many threads may advance with next()."""

    __slots__ = ("answered", "refused", "unchanged")

    def __init__(self) -> None:
        self.answered, self.unchanged, self.refused = count(), count(), count()

    def read(self) -> dict[str, int]:
        """Return the counts by name."""
        return {name: int(repr(getattr(self, name))[len("count(") : -1]) for name in self.__slots__}


class Ready:
    """A request's answer, made once. `expires` and `noted` are monotonic."""

    __slots__ = (
        "_fixed",
        "body",
        "etag",
        "expires",
        "found",
        "generation",
        "headers",
        "noted",
        "seen",
    )

    def __init__(self, located: Located, expires: float, generation: Generation) -> None:
        self.found: Found = located.found
        self.seen, self.expires, self.noted = located.seen, expires, 0.0
        self.body, self.etag = [located.found.body], f'"{located.found.etag}"'
        self._fixed: Headers = [
            ("Content-Type", JSON),
            ("Content-Length", str(len(located.found.body))),
            ("ETag", self.etag),
            ("Cache-Control", located.caching),
            NOSNIFF,
        ]
        self.tell(generation)

    def tell(self, generation: Generation) -> None:
        """Say from now on that it holds in this generation."""
        self.headers = [*self._fixed, (GENERATION_HEADER, str(generation))]
        self.generation = generation


class Mount:
    """Answers fetches from `memory`; everything else, and what it cannot read, is `application`'s.

    `returned` is called after a request that may have used the database: Django does that for
    its own requests only. `places` is how many requests Django may have at once.
    """

    def __init__(
        self,
        application: Application,
        memory: MemoryStore,
        refresher: Refresher,
        returned: Callable[[], None],
        places: int = 16,
    ) -> None:
        self.memory = memory
        self.counts = Counts()
        self._application, self._refresher, self._returned = application, refresher, returned
        self._places = Places(places, lambda: memory.away)
        self._ready: dict[Asked, Ready] = {}
        self._readers: object = None  # those that `_ready` was made for
        self._most = min(READY, memory.limit // READY_BYTES)
        self._forgotten = 0  # by the memory, when `_ready` was last emptied
        self._answered, self._unchanged = self.counts.answered, self.counts.unchanged

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        path: str = environ["PATH_INFO"]
        method = environ["REQUEST_METHOD"]
        if not path.startswith(PROMPTS) or method not in ("GET", "HEAD"):
            return self._pass_on(environ, start_response)
        now, memory = time.monotonic(), self.memory
        if now - memory.checked > PERIOD:
            self._refresher.want(now)
        if self._readers is not memory.readers:
            self._readers, self._ready = memory.readers, {}
        who = blake2b(environ.get("HTTP_AUTHORIZATION", "").encode()).digest()
        query, client = environ.get("QUERY_STRING", ""), environ.get("HTTP_X_PCMS_CLIENT", "")
        asked, known = (who, path, query, client), self._ready
        generation = memory.generation  # first: what it made be forgotten is no longer live
        ready = known.get(asked)
        if ready is None or not ready.found.live or now >= ready.expires or memory.away:
            return self._read(environ, start_response, asked, known)
        if ready.generation is not generation:
            ready.tell(generation)
        ready.found.asked = True
        if now - ready.noted > NOTE_SECONDS:
            ready.noted = now
            note(ready.seen)
        tags = environ.get("HTTP_IF_NONE_MATCH")
        if tags and (tags == ready.etag or matches(tags, ready.found.etag)):
            next(self._unchanged)
            start_response("304 Not Modified", ready.headers[ABOUT_BODY:])
            return []
        next(self._answered)
        start_response("200 OK", ready.headers.copy())
        return ready.body if method == "GET" else []

    def look(self) -> float | None:
        """Have the memory looked after as before a fetch; return how many seconds it is behind.

        None means that it is true. Takes a second at most, whatever the database does.
        """
        self._refresher.want(time.monotonic())
        return self.memory.behind

    def _pass_on(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Let Django answer, unless it holds as many threads as it may."""
        with self._places.one() as place:
            if place or environ["PATH_INFO"] == ALIVE:
                return self._application(environ, start_response)
        answer = busy().answer()
        if not is_api(environ["PATH_INFO"]):
            text = ("Content-Type", "text/plain; charset=utf-8")
            answer = Answer(answer.status, (text, *answer.headers[1:]), busy().message.encode())
        return _send(answer, environ, start_response)

    def _read(
        self,
        environ: Environ,
        start_response: StartResponse,
        asked: Asked,
        known: dict[Asked, Ready],
    ) -> Iterable[bytes]:
        """Answer a request that was not answered before, and remember it if that is good."""
        fetch = _fetch(environ)
        if fetch is None:
            return self._pass_on(environ, start_response)
        try:
            answer = self._answer(fetch, asked, known)
        except Exception:
            _log.exception("fetch_failed")
            return self._pass_on(environ, start_response)
        finally:
            self._returned()
        return _send(answer, environ, start_response)

    def _answer(self, fetch: Fetch, asked: Asked, known: dict[Asked, Ready]) -> Answer:
        try:
            located = locate(fetch, self.memory, _random)
        except (Problem, StoreError) as refusal:
            next(self.counts.refused)
            return refused(refusal, self.memory)
        found, memory = located.found, self.memory
        usual = sum(map(len, asked)) <= USUAL
        if usual and found.live and found.generation.number <= memory.generation.number:
            self._make_room(known)
            known[asked] = Ready(located, memory.ends(located.reader), memory.generation)
        answer = respond(located, fetch.if_none_match, memory)
        next(self.counts.unchanged if answer.status == 304 else self.counts.answered)
        return answer

    def _make_room(self, known: dict[Asked, Ready]) -> None:
        """Empty what is remembered when it is much, or holds much that the memory forgot."""
        gone = self.memory.forgotten
        if len(known) >= self._most or gone - self._forgotten > self.memory.limit // 4:
            self._forgotten = gone
            known.clear()


def _fetch(environ: Environ) -> Fetch | None:
    """Return what is asked, or None where Django has something of its own to say."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if len(path) == len(PROMPTS) or BELOW.search(path) or "\0" in path + query or "%00" in query:
        return None
    return Fetch(
        repercent_broken_unicode(path.encode("latin-1")).decode()[len(PROMPTS) :],
        query,
        environ.get("HTTP_AUTHORIZATION", ""),
        environ.get("HTTP_IF_NONE_MATCH", ""),
        environ.get("HTTP_X_PCMS_CLIENT", ""),
    )


def _send(answer: Answer, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    headers = [*answer.headers, NOSNIFF]
    if answer.status != 304:
        headers.append(("Content-Length", str(len(answer.body))))
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    return [answer.body] if environ["REQUEST_METHOD"] == "GET" else []
