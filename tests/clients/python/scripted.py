"""A server, a clock and chance that do what a test says."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from promptcms_client import Client
from promptcms_client.transport import NoAnswerError, Response


class Request(NamedTuple):
    """What the client asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None


class ScriptedServer:
    """Answers requests in turn with `answers`, in the form of the contract."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.answers: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        self._documents = documents

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: bytes | None = None,
        timeout: float,
        longest: int = 0,
    ) -> Response:
        self.requests.append(Request(method, path, dict(headers), body))
        assert self.answers, f"nobody expected {method} {path}"
        answer = self.answers.pop(0)
        if "failure" in answer:
            raise NoAnswerError("the connection was refused")
        return Response(answer["status"], _headers(answer), self._body(answer))

    def renew(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _body(self, answer: dict[str, Any]) -> bytes:
        if "document" in answer:
            return json.dumps(self._documents[answer["document"]]).encode()
        if "code" in answer:
            said = {"error": answer["code"], "message": answer["message"]}
            return json.dumps({**said, "field": answer.get("field")}).encode()
        return str(answer.get("raw", "")).encode()


def _headers(answer: dict[str, Any]) -> dict[str, str]:
    names = {
        "etag": "etag",
        "generation": "x-pcms-generation",
        "stale": "x-pcms-stale",
        "retry_after": "retry-after",
        "location": "location",
    }
    return {header: str(answer[name]) for name, header in names.items() if name in answer}


class Chance:
    """Draws what it is told, and never jitters."""

    def __init__(self, draw: int = 0) -> None:
        self.draw = draw

    def random(self) -> float:
        return 0.0

    def randrange(self, stop: int, /) -> int:
        assert self.draw < stop
        return self.draw


class Clock:
    """A clock that stands still; who sleeps moves it when `flows`."""

    def __init__(self, *, flows: bool = False) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self._flows = flows

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self._flows:
            self.now += seconds


def scripted(
    documents: Mapping[str, Any], *, draw: int = 0, flows: bool = False, **settings: Any
) -> tuple[Client, ScriptedServer, Clock]:
    """Return a client without background, its server and its clock."""
    server, clock = ScriptedServer(documents), Clock(flows=flows)
    client = Client(
        "https://prompts.example",
        "pcms_secret",
        background=False,
        transport=server,
        clock=clock,
        sleep=clock.sleep,
        random=Chance(draw),
        **settings,
    )
    return client, server, clock
