"""A small HTTP server that answers what a test says, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DOCUMENT = {
    "name": "support/system",
    "kind": "text",
    "version": "1.0.0",
    "template": "Hello {{company}}.",
    "label": "production",
    "rollout": None,
}


@dataclass(frozen=True)
class Asked:
    """A request; `connection` tells connections apart."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: tuple[str, int]


Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Stub:
    """Where it listens, what it was asked, and what it answers."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    reply: Callable[[Asked], Reply] = lambda asked: serve(DOCUMENT)

    @property
    def observations(self) -> list[dict[str, Any]]:
        """All observations that arrived, in order, with repetitions."""
        bodies = [json.loads(a.body)["observations"] for a in self.asked if a.method == "POST"]
        return [one for batch in bodies for one in batch]


def serve(document: dict[str, Any], **headers: str) -> Reply:
    """Return the answer with a document."""
    named = {"ETag": '"a"', "X-Pcms-Generation": "6f1c:5", **headers}
    return 200, named, json.dumps(document).encode()


@contextmanager
def stub() -> Iterator[Stub]:
    """Run a stub on a free port for the block."""
    state = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            asked = Asked(
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
                self.client_address,
            )
            state.asked.append(asked)
            status, headers, body = state.reply(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()
