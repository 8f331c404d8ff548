"""One question to the server for one prompt, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple
from urllib.parse import quote

from promptcms_client import identity
from promptcms_client.choice import Random
from promptcms_client.document import NoPromptError, read_bytes
from promptcms_client.errors import Unavailable, refusal
from promptcms_client.prompt import Source
from promptcms_client.settings import Settings
from promptcms_client.transport import NoAnswerError, Response, Transport

FIRST_PAUSE = 0.1  # seconds before the second attempt; doubled for each further one
LONGEST_PAUSE = 2.0


class Key(NamedTuple):
    """What is asked for: a name, and either a label or an exact version."""

    name: str
    label: str | None
    version: str | None

    @property
    def path(self) -> str:
        """The address of the answer; the slashes of a name stay slashes."""
        field, value = ("version", self.version) if self.version else ("label", self.label)
        return f"/api/v1/prompts/{quote(self.name)}?{field}={quote(value or '', safe='')}"


class Fetcher:
    """Asks the server, several times if need be."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        random: Random,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        self._random = random

    def fetch(
        self, key: Key, known: Source | None, supplied: Collection[str] | None, attempts: int
    ) -> Source:
        """Return the answer: `known` again when it still holds, else a new one.

        Raises Unavailable after the last attempt, and any refusal at once.
        """
        headers = self._headers(known, supplied)
        for attempt in range(1, attempts + 1):
            wished = ""
            started = self._clock()
            try:
                response = self._transport.request(
                    "GET", key.path, headers, timeout=self._settings.timeout
                )
                wished = response.headers.get("retry-after", "")
                return self._read(key, response, known, started)
            except NoAnswerError as fault:
                error = Unavailable(
                    f"The server {self._settings.url} cannot be asked: {fault}. "
                    "Check PROMPTCMS_URL and whether the server runs."
                )
            except Unavailable as fault:
                error = fault
            if attempt < attempts:
                self._sleep(self._pause(attempt, wished))
        raise error

    def _headers(self, known: Source | None, supplied: Collection[str] | None) -> dict[str, str]:
        client = f"{identity.NAME}/{identity.VERSION}"
        headers = {
            "Authorization": f"Bearer {self._settings.key}",
            "Accept": "application/json",
            "User-Agent": client,
            identity.HEADER: identity.header(client, identity.process_name(), supplied),
        }
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        return headers

    def _read(self, key: Key, response: Response, known: Source | None, started: float) -> Source:
        """Return what the answer brings, or raise what it means."""
        if response.status not in (200, 304):
            raise refusal(response.status, response.body)
        generation = response.headers.get("x-pcms-generation")
        if known and not known.snapshot and is_older(generation, known.generation):
            raise Unavailable(
                "The server answered from an older state than before; it is asked again later.",
                status=response.status,
            )
        stale = _server_age(response.headers)
        confirmed = None if key.version else started - (stale or 0.0)
        if response.status == 304:
            if known is None:
                raise Unavailable("The server answered 304 to a first question.", status=304)
            known.generation = generation or known.generation
            known.confirmed, known.stale = confirmed, stale is not None
            return known
        try:
            document = read_bytes(response.body)
        except NoPromptError as fault:
            raise Unavailable(
                f"What the server answered is no prompt: {fault}. Check PROMPTCMS_URL.", status=200
            ) from None
        return Source(
            document,
            self._clock,
            etag=response.headers.get("etag", ""),
            generation=generation,
            confirmed=confirmed,
            stale=stale is not None and key.version is None,
        )

    def _pause(self, attempt: int, wished: str) -> float:
        """Return the seconds before the next attempt, between half and all of a growing wait."""
        wait = FIRST_PAUSE * 2.0 ** (attempt - 1)
        if wished.isdigit():
            wait = max(wait, float(wished))
        return min(LONGEST_PAUSE, wait) * (1 - self._random.random() / 2)


def is_older(generation: str | None, known: str | None) -> bool:
    """Say whether `installation:number` lies before `known` in the same installation."""
    new, old = (_numbered(text) for text in (generation, known))
    return new is not None and old is not None and new[0] == old[0] and new[1] < old[1]


def _numbered(generation: str | None) -> tuple[str, int] | None:
    installation, _, number = (generation or "").rpartition(":")
    return (installation, int(number)) if number.isdecimal() else None


def _server_age(headers: Mapping[str, str]) -> float | None:
    """Return for how long the server could not look itself, in seconds; None when it could."""
    said = headers.get("x-pcms-stale")
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        return 0.0
