"""A model on this machine that answers by what it is asked, for runs with many questions."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.evaluation.providers.mock_endpoint import Reply, completion

Answer = Callable[[str, str], Reply]
"""Given what the prompt says and what the user asks, the reply."""


class ModelServer(ThreadingHTTPServer):
    """Answers every question by `answer`, after `seconds`; keeps what it was asked."""

    daemon_threads = True

    def __init__(self, answer: Answer, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.seconds = answer, seconds
        self.asked: list[tuple[str, str]] = []

    @property
    def connection(self) -> dict[str, Any]:
        """The setting that names this model."""
        url = f"http://127.0.0.1:{self.server_port}/v1"
        return {"base_url": url, "models": ["small"], "at_once": 8}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed is no trouble of the model."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [message["content"] for message in question["messages"]]
        self.server.asked.append((texts[0], texts[-1]))
        time.sleep(self.server.seconds)
        self.server.answer(texts[0], texts[-1])(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test output quiet."""


def echo(prompt: str, query: str) -> Reply:
    """Say the prompt and the question again, so that both decide what checks find."""
    return completion(f"{prompt} / {query}")


@contextmanager
def model(answer: Answer = echo, *, seconds: float = 0.0) -> Iterator[ModelServer]:
    """Run a model on a free port."""
    server = ModelServer(answer, seconds)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
