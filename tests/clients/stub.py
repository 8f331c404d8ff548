"""A small HTTP server that answers what a test wrote and keeps what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any, dict[str, str]]


@dataclass
class Asked:
    """One request: who connected is told apart by the `port` of the other side."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    port: int


@dataclass
class Stub:
    """`answers` are given in turn, (status, body, headers); the last one for ever.

    With the status 0 the connection ends without an answer. A function is asked what to answer.
    """

    answers: list[Answer | Callable[[Asked], Answer]]
    delay: float = 0
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def next(self, asked: Asked) -> Answer:
        """Keep the request and return what to answer."""
        time.sleep(self.delay)
        self.asked.append(asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(asked) if callable(answer) else answer


@contextmanager
def stub(*answers: Answer | Callable[[Asked], Answer], delay: float = 0) -> Iterator[Stub]:
    """Run a stub on a free port."""
    script = Stub(list(answers), delay)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            content = json.loads(body) if body else None
            port = self.client_address[1]
            asked = Asked(self.command, self.path, headers, content, port)
            status, document, more = script.next(asked)
            if status == 0:
                self.close_connection = True
                return
            text = b"" if status == 304 else json.dumps(document).encode()
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = answer  # noqa: N815 (the names of http.server)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
