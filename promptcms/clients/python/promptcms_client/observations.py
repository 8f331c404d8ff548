"""What happened with a prompt, on its way to the server: in batches, beside the application."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from math import inf, isfinite
from typing import Any

from promptcms_client import identity
from promptcms_client.choice import Random
from promptcms_client.prompt import Prompt
from promptcms_client.sample import MOST_WAITING, BadSample, is_chosen, read_sample
from promptcms_client.settings import Settings
from promptcms_client.transport import NoAnswerError, Transport

log = logging.getLogger("promptcms_client")

PATH = "/api/v1/observations"
TAKEN = (200, 202, 207)
REFUSED = (400, 401, 403, 404, 405, 413, 422)
RESENDS = 5
LONGEST_TEXT = 500
FIRST_PAUSE = 0.5  # seconds before a batch is sent again; doubled for each further time


def observation(prompt: Prompt, **measured: Any) -> dict[str, Any]:
    """Return what is sent about one use of a prompt; what has no value is left out.

    `measured` are `error`, `error_type`, `message`, `latency_ms` (milliseconds), `input_tokens`,
    `output_tokens`, `cost` (dollars) and `scores` (name -> 0 to 1). A number out of range is left
    out with a word in the log: it would spoil its whole batch. The unit is never in it.
    """
    now = datetime.now(timezone.utc)
    fields = {
        "id": str(uuid.uuid4()),
        "ts": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "prompt": prompt.name,
        "version": prompt.version,
        "label": prompt.label,
        "variant": prompt.variant,
        "rollout": prompt.rollout.id if prompt.rollout else None,
        "epoch": prompt.rollout.epoch if prompt.rollout else None,
        "assignment": prompt.assignment,
        "bucket": prompt.bucket,
        **{name: _sound(name, value) for name, value in measured.items()},
    }
    return {name: value for name, value in fields.items() if value is not None}


class Outbox:
    """Observations that wait. `dropped` counts those that the server never took."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        random: Random,
    ) -> None:
        self.dropped = 0
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._said: set[object] = set()  # what the log was told already
        self.renew()

    def renew(self) -> None:
        """Forget what waits: after a fork the parent sends it."""
        self._sample_bytes: dict[str, int] = {}  # of what waits, by id
        self._waiting: deque[tuple[float, dict[str, Any]]] = deque()
        self._batch: list[dict[str, Any]] = []
        self._resends = 0
        self._not_before = 0.0
        self._sending = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._batch)

    def add(self, fields: dict[str, Any], sample: Mapping[str, Any] | None = None) -> bool:
        """Let an observation wait; return whether the first does, or a batch is full.

        Its sample goes along for the share of calls that the settings say.
        """
        while len(self) >= self._settings.waiting:
            self._drop_oldest()
        if sample is not None and is_chosen(fields["id"], self._settings.sample_share):
            self._attach(fields, sample)
        self._waiting.append((self._clock(), fields))
        return len(self._waiting) in (1, self._settings.batch)

    def flush(self, timeout: float) -> int:
        """Send what waits for at most `timeout` seconds; return how many were not taken."""
        ends, before = self._clock() + timeout, self.dropped
        while True:
            pause = self.step(hurry=True)
            if pause is None or self._clock() + pause > ends:
                return self.dropped - before + len(self)
            if pause:
                self._sleep(pause)

    def step(self, *, hurry: bool = False) -> float | None:
        """Send one batch if it is time; return the seconds to the next, None if nothing waits.

        With `hurry` a batch need not be full or a second old.
        """
        with self._sending:
            now = self._clock()
            if not self._batch:
                if not self._waiting:
                    return None
                pause = self._waiting[0][0] + self._settings.batch_seconds - now
                if not hurry and pause > 0 and len(self._waiting) < self._settings.batch:
                    return pause
                size = min(len(self._waiting), self._settings.batch)
                self._batch = [self._waiting.popleft()[1] for _ in range(size)]
                self._resends, self._not_before = 0, now
            if now < self._not_before:
                return self._not_before - now
            self._send()
            return max(0.0, self._not_before - now) if self._batch else 0.0

    def _attach(self, fields: dict[str, Any], sample: Mapping[str, Any]) -> None:
        """Put the sample into the observation; where it cannot be, say so in the log."""
        try:
            found, size = read_sample(sample)
        except (BadSample, AttributeError, TypeError, ValueError) as error:
            why = str(error) if isinstance(error, BadSample) else "it is no sample"
            if why not in self._said:
                self._said.add(why)
                log.warning("promptcms: a sample is not sent: %s. This is said once.", why)
            return
        if sum(self._sample_bytes.copy().values()) + size <= MOST_WAITING:
            fields["sample"] = found
            self._sample_bytes[fields["id"]] = size

    def _send(self) -> None:
        """Send the batch; it stays when it is to be sent again."""
        status = self._ask()
        if status in TAKEN:
            self._end_batch()
        elif status in REFUSED or self._resends >= RESENDS:
            self.dropped += len(self._batch)
            self._end_batch()
            self._say_once(status)
        else:
            wait = FIRST_PAUSE * 2.0**self._resends * (1 - self._random.random() / 2)
            self._resends += 1
            self._not_before = self._clock() + wait

    def _end_batch(self) -> None:
        for fields in self._batch:
            self._sample_bytes.pop(fields["id"], None)
        self._batch = []

    def _ask(self) -> int | None:
        """Return the status of the answer; None when there is none."""
        client = f"{identity.NAME}/{identity.VERSION}"
        headers = {
            "Authorization": f"Bearer {self._settings.ingest_key}",
            "Content-Type": "application/json",
            "User-Agent": client,
            identity.HEADER: identity.header(client, identity.process_name(), None),
        }
        body = json.dumps({"observations": self._batch}, ensure_ascii=False).encode(
            errors="replace"
        )
        try:
            answer = self._transport.request(
                "POST", PATH, headers, body=body, timeout=self._settings.timeout
            )
        except NoAnswerError:
            return None
        return answer.status

    def _drop_oldest(self) -> None:
        try:
            _, fields = self._waiting.popleft()
        except IndexError:
            return
        self._sample_bytes.pop(fields["id"], None)
        self.dropped += 1
        if "full" not in self._said:
            self._said.add("full")
            log.warning("promptcms: too many observations wait; the oldest are dropped.")

    def _say_once(self, status: int | None) -> None:
        if status in self._said:
            return
        self._said.add(status)
        answered = f"answered {status}" if status else "did not answer"
        log.warning(
            "promptcms: the server %s to observations; they are dropped. This is said once.",
            answered,
        )


def _sound(name: str, value: object) -> object:
    """Return what of a measured value can be sent; None if nothing can."""
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    if isinstance(value, Mapping):
        return {score: n for score, n in value.items() if _in_range(f"score {score}", n, 1)} or None
    return value if _in_range(name, value, inf) else None


def _in_range(name: str, value: object, highest: float) -> bool:
    if value is None or (
        isinstance(value, (int, float)) and isfinite(value) and 0 <= value <= highest
    ):
        return True
    log.warning("promptcms: %s is %r and is not reported: it is out of range.", name, value)
    return False
