"""The client: `get_prompt` from memory, refreshed beside the application; `report` in batches."""

from __future__ import annotations

import os
import random as randomness
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from promptcms_client import lifetime
from promptcms_client.cache import Cache
from promptcms_client.choice import Random
from promptcms_client.document import Document, own_version
from promptcms_client.entry import Entry
from promptcms_client.errors import BadRequest, PromptcmsError, TemplateError
from promptcms_client.fetch import Fetcher, Key
from promptcms_client.observations import Outbox, observation
from promptcms_client.prompt import FALLBACK, Arm, Prompt, Source
from promptcms_client.refresher import Refresher
from promptcms_client.sender import Sender
from promptcms_client.settings import Settings, read_settings
from promptcms_client.snapshot import read_snapshot
from promptcms_client.transport import HttpTransport, Transport

Fallback = Union[str, Sequence[Mapping[str, object]]]


class Client:
    """Fetches prompts and keeps them. Make one for the life of the process; threads may share it.

    What is not given is read from PROMPTCMS_URL, _KEY, _INGEST_KEY (default: the key), _LABEL,
    _PIN, _SNAPSHOT, _OFFLINE and _SAMPLE_SHARE. `refresh` and `max_stale` are seconds: how often
    the server is asked whether a prompt changed, and for how long an answer that it has not
    confirmed counts as fresh. `timeout` is for one request. `sample_share` (0 to 1) says of how
    many calls the text that `report` is given is sent; 0, the default: of none. Raises
    ConfigError.

    `background` False leaves the refreshing to calls of `tick()`. `transport`, `clock`, `sleep`
    and `random` are for tests.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        ingest_key: str | None = None,
        label: str | None = None,
        pin: str | Mapping[str, str] | None = None,
        snapshot: str | os.PathLike[str] | None = None,
        offline: bool | None = None,
        sample_share: float | None = None,
        refresh: float = Settings.refresh,
        max_stale: float = Settings.max_stale,
        timeout: float = Settings.timeout,
        background: bool = True,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.settings = settings = read_settings(
            url=url,
            key=key,
            ingest_key=ingest_key,
            label=label,
            pin=pin,
            snapshot=snapshot,
            offline=offline,
            sample_share=sample_share,
            refresh=refresh,
            max_stale=max_stale,
            timeout=timeout,
        )
        chance = random or randomness.Random()
        self._clock = clock
        self._transport = transport or HttpTransport(settings.url or "http://offline.invalid")
        self._cache = Cache(
            settings,
            Fetcher(settings, self._transport, clock, sleep, chance),
            read_snapshot(settings.snapshot) if settings.snapshot else None,
            clock,
            chance,
            self._report_fall_back,
        )
        self._outbox = Outbox(settings, self._transport, clock, sleep, chance)
        runs = background and not settings.offline
        self._refresher = Refresher(self._cache) if runs else None
        self._sender = Sender(self._outbox) if runs else None
        self._hits: dict[tuple[str, str | None, str | None], Entry] = {}
        lifetime.watch(self)

    def get_prompt(
        self,
        name: str,
        *,
        label: str | None = None,
        version: str | None = None,
        unit: str | None = None,
        fallback: Fallback | None = None,
    ) -> Prompt:
        """Return the prompt that a label (default: production) or an exact version stands for.

        `unit` (a user, a conversation) always gets the same variant of a rollout; without it,
        every call is drawn anew. `fallback`, a text or messages, is what comes back when there
        is nothing else. Raises NotFound, Unauthorized, Forbidden, BadRequest or Unavailable.
        """
        entry = self._hits.get((name, label, version))
        if entry is not None:
            now = self._clock()
            if now <= entry.fresh_until:
                entry.asked = now
                prompt = entry.prompt
                if prompt is not None:
                    return prompt
                return self._cache.prompt(entry, unit)
        return self._get(name, label, version, unit, fallback)

    def ready(
        self, name: str, label: str | None, version: str | None, unit: str | None
    ) -> Prompt | None:
        """Return what `get_prompt` would, if it need not wait for the server; else None.

        Raises NotFound when offline.
        """
        entry = self._cache.ready(self._key(name, label, version))
        if entry is None:
            return None
        return self._served(entry, name, label, version, unit)

    def fallback(
        self,
        name: str,
        label: str | None,
        version: str | None,
        body: Fallback,
        error: PromptcmsError,
    ) -> Prompt:
        """Return the caller's own text or messages as a prompt; `error` is why."""
        asked, own = self._key(name, label, version), own_version(name, body)
        source = Source(Document(own, asked.label, None), self._clock)
        return Prompt(Arm(own), source, label=asked.label, state=FALLBACK, error=error)

    def report(
        self,
        prompt: Prompt,
        *,
        error: bool | BaseException = False,
        error_type: str | None = None,
        message: str | None = None,
        latency_ms: float | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cost: float | None = None,
        scores: Mapping[str, float] | None = None,
        sample: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell the server how a call with this prompt went. Returns at once, never raises.

        `error` is True or an exception, whose class is the `error_type` if none is given; its text
        is not sent, since it may hold what people wrote. `message` is yours to word.

        `latency_ms` is milliseconds, `cost` dollars, `scores` are 0 to 1. It is sent within a
        second, in a batch; a fallback is not reported, since it is no version of the server's.

        `sample` is the text of the call: {"input": a text or {variable: value}, "output": text,
        "context": texts it was to rest on}. It goes along for `sample_share` of the calls.
        """
        if prompt.version is None or self.settings.offline:
            return
        if isinstance(error, BaseException):
            error, error_type = True, error_type or type(error).__name__
        fields = observation(
            prompt,
            error=bool(error),
            error_type=error_type,
            message=message,
            latency_ms=latency_ms,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cost=cost,
            scores=None if scores is None else dict(scores),
        )
        if self._outbox.add(fields, sample) and self._sender:
            self._sender.ensure()

    def flush(self, timeout: float = 5.0) -> int:
        """Send the reports that wait, for at most `timeout` seconds; return how many were lost
        or still wait."""
        return self._outbox.flush(timeout)

    @property
    def dropped(self) -> int:
        """How many reports were lost since the start."""
        return self._outbox.dropped

    def tick(self) -> None:
        """Refresh what is due. The background does it; call it where `background` is False."""
        self._cache.tick()

    def close(self, timeout: float = 5.0) -> None:
        """Send the reports that wait, end the threads, close the connections.

        What is in memory can still be got.
        """
        if self._refresher:
            self._refresher.stop()
        if self._sender:
            self._sender.stop()
        self._outbox.flush(timeout)
        self._transport.close()

    def renew(self) -> None:
        """Leave threads, connections and waiting reports to the process that forked this one."""
        self._hits = {}  # so that the next get starts the thread
        self._transport.renew()
        self._cache.renew()
        self._outbox.renew()
        if self._refresher:
            self._refresher.renew()
        if self._sender:
            self._sender.renew()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<promptcms Client of {self.settings.url or self.settings.snapshot}>"

    def _get(
        self,
        name: str,
        label: str | None,
        version: str | None,
        unit: str | None,
        fallback: Fallback | None,
    ) -> Prompt:
        key = self._key(name, label, version)
        try:
            entry = self._cache.get(key)
        except PromptcmsError as error:
            if fallback is None:
                raise
            return self.fallback(name, label, version, fallback, error)
        return self._served(entry, name, label, version, unit)

    def _served(
        self,
        entry: Entry,
        name: str,
        label: str | None,
        version: str | None,
        unit: str | None,
    ) -> Prompt:
        """Return the prompt of an entry; the next get of the same finds it in one step."""
        if self._hits.get((name, label, version)) is not entry:
            self._hits[name, label, version] = entry
            if self._refresher:
                self._refresher.ensure()
        return self._cache.prompt(entry, unit)

    def _key(self, name: str, label: str | None, version: str | None) -> Key:
        """Return what to ask for; a pinned prompt gets its version under every label."""
        if not isinstance(name, str) or not name:
            raise BadRequest("Give the name of a prompt.", field="name")
        if label and version:
            raise BadRequest("Give a label or a version, not both.", field="version")
        version = version or self.settings.pin.get(name)
        return Key(name, None if version else label or self.settings.label, version)

    def _report_fall_back(self, prompt: Prompt, error: TemplateError) -> None:
        self.report(prompt, error=True, error_type="compile", message=error.message)
