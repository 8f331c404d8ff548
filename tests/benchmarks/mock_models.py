"""A model that is none, for measuring: OpenAI's chat completions over HTTP, always equally slow.

`python -m tests.benchmarks.mock_models PORT` serves until it is stopped. `POST /behave` with
a JSON object of `Behaviour` changes how it answers and forgets what it counted; `GET /counts`
tells. Judges (a request with a response_format) get a score, others a text.
"""

import asyncio
import hashlib
import json
import random
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

TEXT = "Your order left the warehouse this morning and arrives within two days. " * 4
REASONING = "Each claim of the answer stands in the context, and nothing is left out."


@dataclass
class Behaviour:
    """How it answers. `seconds` is the latency; shares are from 0 to 1; None: no limit.

    `per_second` is a bucket that holds one second's worth; `at_once` counts open calls.
    """

    seconds: float = 0.2
    limited: float = 0.0
    retry_after: float = 1.0
    per_second: float | None = None
    at_once: int | None = None
    failing: float = 0.0
    dropped: float = 0.0
    seed: int = 4


@dataclass
class Counts:
    """What it did since the last change of behaviour. `busiest` are starts within one second."""

    asked: int = 0
    answered: int = 0
    limited: int = 0
    failed: int = 0
    dropped: int = 0
    open: int = 0
    most_open: int = 0
    lines: int = 0
    by_second: Counter[int] = field(default_factory=Counter)

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        found = asdict(self)
        del found["by_second"]
        return found | {"busiest": max(self.by_second.values(), default=0)}


class Model:
    """The server's state; everything happens in one thread."""

    def __init__(self) -> None:
        self.behave({})

    def behave(self, changes: dict[str, Any]) -> None:
        """Begin anew with another behaviour."""
        self.behaviour = Behaviour(**changes)
        self.counts = Counts()
        self._random = random.Random(self.behaviour.seed)
        self._left, self._looked = self.behaviour.per_second or 0.0, time.monotonic()

    async def answer(self, body: bytes) -> tuple[int, dict[str, str], bytes] | None:
        """Return status, headers and body; None to drop the line."""
        behaviour, counts = self.behaviour, self.counts
        counts.asked += 1
        if self._is_too_much() or self._random.random() < behaviour.limited:
            counts.limited += 1
            return 429, {"Retry-After": f"{behaviour.retry_after:g}"}, _error("Slow down.")
        counts.by_second[int(time.monotonic())] += 1
        counts.open += 1
        counts.most_open = max(counts.most_open, counts.open)
        draw = self._random.random()
        try:
            await asyncio.sleep(behaviour.seconds)
        finally:
            counts.open -= 1
        if draw < behaviour.dropped:
            counts.dropped += 1
            return None
        if draw < behaviour.dropped + behaviour.failing:
            counts.failed += 1
            return 500, {}, _error("Something broke.")
        counts.answered += 1
        return 200, {}, _completion(json.loads(body))

    def _is_too_much(self) -> bool:
        behaviour = self.behaviour
        if behaviour.at_once is not None and self.counts.open >= behaviour.at_once:
            return True
        if behaviour.per_second is None:
            return False
        now = time.monotonic()
        earned = (now - self._looked) * behaviour.per_second
        self._left, self._looked = min(behaviour.per_second, self._left + earned), now
        if self._left < 1:
            return True
        self._left -= 1
        return False


def _error(message: str) -> bytes:
    return json.dumps({"error": {"message": message}}).encode()


def _completion(question: dict[str, Any]) -> bytes:
    asked = "".join(message["content"] for message in question["messages"])
    text = TEXT
    if "response_format" in question:
        score = 4 + hashlib.sha256(asked.encode()).digest()[0] % 2
        text = json.dumps({"reasoning": REASONING, "score": score})
    return json.dumps(
        {
            "model": question["model"],
            "choices": [
                {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": len(asked) // 4, "completion_tokens": len(text) // 4},
        }
    ).encode()


async def _serve_line(
    model: Model, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    model.counts.lines += 1
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            named = (line.partition(":") for line in lines if line)
            headers = {name.lower(): value.strip() for name, _, value in named}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            reply = await _reply(model, first.split()[1], body)
            if reply is None:
                return
            status, more, payload = reply
            more |= {"Content-Type": "application/json", "Content-Length": str(len(payload))}
            told = "".join(f"{name}: {value}\r\n" for name, value in more.items())
            writer.write(f"HTTP/1.1 {status} X\r\n{told}\r\n".encode() + payload)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return  # whoever asked went away
    finally:
        writer.close()


async def _reply(model: Model, path: str, body: bytes) -> tuple[int, dict[str, str], bytes] | None:
    if path == "/behave":
        model.behave(json.loads(body))
        return 200, {}, b"{}"
    if path == "/counts":
        return 200, {}, json.dumps(model.counts.document()).encode()
    return await model.answer(body)


async def _serve(port: int) -> None:
    model = Model()
    server = await asyncio.start_server(
        lambda reader, writer: _serve_line(model, reader, writer), "127.0.0.1", port, backlog=512
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
