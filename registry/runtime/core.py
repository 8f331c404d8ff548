"""The read core: who asks, for which prompt, and the bytes to answer. No framework in here.

`lookup` takes plain text and a store, so that any server can stand before it. The store is
the database (`registry.runtime.store`), or memory filled from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import NamedTuple, Protocol
from urllib.parse import unquote

from registry.domain.assignment import Random
from registry.runtime.answers import (
    GENERATION_HEADER,
    JSON,
    STALE_HEADER,
    Answer,
    Problem,
    key_in_address,
    label_forbidden,
    no_prompt,
    no_version,
    scope_missing,
    unauthorized,
    unreachable,
)
from registry.runtime.client_header import HEADER_LENGTH
from registry.runtime.fetchers import Seen, note
from registry.runtime.question import LABELS, Question, Semver, read_query
from registry.runtime.units import body_for_unit

NAME_LENGTH = 300
REVALIDATE = "private, max-age=0, stale-if-error=86400"
FOR_EVER = "private, max-age=31536000, immutable"
NEVER = "no-store"


class StoreError(Exception):
    """The store cannot be asked at the moment."""


class Generation(NamedTuple):
    """How often what is served has changed, in which installation. Clients never step back."""

    installation: str
    number: int

    def __str__(self) -> str:
        return f"{self.installation}:{self.number}" if self.installation else ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a key stands for; `key` is its number, `expires` its end in Unix seconds."""

    key: int
    project: int
    scopes: frozenset[str]
    labels: frozenset[str]
    expires: float = inf


@dataclass(eq=False, slots=True)
class Found:
    """Ready bytes for one reader, their ETag without quotes, the generation they were read in.

    `prompt` is the number of the prompt that they are about. A store that keeps answers says
    with `live` that this is one of them, and by `asked` learns which of them are wanted.
    """

    body: bytes
    etag: str
    generation: Generation
    prompt: int
    live: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing to serve: the labels that the prompt has, or None when there is no prompt."""

    labels: tuple[str, ...] | None
    generation: Generation


class Store(Protocol):
    """Where answers come from. Every method may raise StoreError."""

    def reader(self, secret: str) -> Reader | None:
        """Return whom the key stands for, or None unless it is live."""
        ...

    def label(self, reader: Reader, name: str, label: str) -> Found | Missing:
        """Return what a label of a prompt answers to this reader."""
        ...

    def version(self, reader: Reader, name: str, semver: Semver) -> Found | Missing:
        """Return an exact version, if this reader may see it."""
        ...

    def told(self, found: Found) -> Generation:
        """Return up to which generation `found` is known to hold."""
        ...

    @property
    def behind(self) -> float | None:
        """Seconds since what is told here was last known to hold; None when it holds now."""
        ...


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request for a prompt, as plain text: `name` decoded, `query` as it was sent.

    `client` is the header X-Pcms-Client.
    """

    name: str
    query: str = ""
    authorization: str = ""
    if_none_match: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """What is to be answered, before the client's ETag is looked at.

    `generation` is the one up to which what was stored is known to hold.
    """

    reader: Reader
    question: Question
    found: Found
    generation: Generation
    caching: str
    seen: Seen


def lookup(fetch: Fetch, store: Store, rng: Random) -> Answer:
    """Answer one request for a prompt. Never raises for what a client sent.

    `rng` chooses for a caller that asks for a choice without naming a unit.
    """
    try:
        located = locate(fetch, store, rng)
    except (Problem, StoreError) as refusal:
        return refused(refusal, store)
    return respond(located, fetch.if_none_match, store)


def locate(fetch: Fetch, store: Store, rng: Random) -> Located:
    """Return what answers a request. Raises Problem or StoreError."""
    if "pcms_" in unquote(fetch.query):
        raise key_in_address()
    reader = store.reader(secret_of(fetch.authorization))
    if reader is None:
        raise unauthorized()
    if "read" not in reader.scopes:
        raise scope_missing("read")
    question = read_query(fetch.query)
    found = _find(fetch.name, question, reader, store)
    seen = Seen(reader.key, found.prompt, question.asked, fetch.client[:HEADER_LENGTH])
    note(seen)
    generation = store.told(found)
    caching = FOR_EVER if question.semver else REVALIDATE
    if question.unit is not None:
        found = _chosen(found, question.unit, rng)
        caching = REVALIDATE if question.unit else NEVER
    return Located(reader, question, found, generation, caching, seen)


def respond(located: Located, if_none_match: str, store: Store) -> Answer:
    """Return the answer: its bytes, or 304 for a client that has them."""
    found = located.found
    headers = (
        ("ETag", f'"{found.etag}"'),
        ("Cache-Control", located.caching),
        (GENERATION_HEADER, str(located.generation)),
        *staleness(store.behind),
    )
    if matches(if_none_match, found.etag):
        return Answer(304, headers, b"")
    return Answer(200, (("Content-Type", JSON), *headers), found.body)


def refused(refusal: Problem | StoreError, store: Store) -> Answer:
    """Return the answer to a request that could not be located."""
    if isinstance(refusal, StoreError):
        return unreachable().answer()
    answer = refusal.answer()
    return Answer(answer.status, (*answer.headers, *staleness(store.behind)), answer.body)


def staleness(behind: float | None) -> tuple[tuple[str, str], ...]:
    """Return the header that marks an answer which may be out of date by `behind` seconds."""
    return () if behind is None else ((STALE_HEADER, str(int(behind))),)


def secret_of(authorization: str) -> str:
    """Return the key in an Authorization header, or an empty string."""
    scheme, _, secret = authorization.strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def matches(if_none_match: str, etag: str) -> bool:
    """Does the header If-None-Match name `etag`? Lists, `*` and weak tags count (RFC 9110)."""
    if if_none_match.strip() == "*":
        return True
    return etag in _tags(if_none_match)


def _find(name: str, question: Question, reader: Reader, store: Store) -> Found:
    """Return the stored answer, or raise the Problem that says what there is instead."""
    if len(name) > NAME_LENGTH or not _storable(name):
        raise no_prompt(name)
    found: Found | Missing
    if question.semver:
        found = store.version(reader, name, question.semver)
    elif question.label in LABELS and question.label not in reader.labels:
        raise label_forbidden(question.label, reader.labels, "label")
    else:  # a store need not tell apart, and remember, labels that cannot be
        found = store.label(reader, name, question.label if question.label in LABELS else "")
    if isinstance(found, Missing):
        raise _not_found(name, question, found, reader)
    return found


def _chosen(found: Found, unit: str, rng: Random) -> Found:
    body, etag = body_for_unit(found.body, unit, rng)
    return Found(body, etag, found.generation, found.prompt)


def _not_found(name: str, question: Question, missing: Missing, reader: Reader) -> Problem:
    headers = ((GENERATION_HEADER, str(missing.generation)),)
    if missing.labels is None:
        return no_prompt(name, headers)
    if question.semver:
        return no_version(name, f"version {question.asked}", "version", headers)
    known = [label for label in missing.labels if label in reader.labels]
    return Problem(
        404,
        "label_not_found",
        f"{name} serves nothing under {question.label[:40]!r}. Labels that exist for this key: "
        f"{', '.join(known) or 'none yet, nothing of it was released'}.",
        "label",
        headers,
    )


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _tags(header: str) -> Iterator[str]:
    """Yield the tags of a list such as `"a", W/"b"`; a tag may hold a comma."""
    rest = header
    while rest:
        _, quote, rest = rest.partition('"')
        tag, closing, rest = rest.partition('"')
        if quote and closing:
            yield tag
