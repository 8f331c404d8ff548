"""A small OpenAI-compatible endpoint that answers as each test tells it to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = Callable[[BaseHTTPRequestHandler], None]


def completion(text="Hello", **message):
    """A sound answer of 200 with `text`."""
    body = {
        "model": "small-2026-11-01",
        "choices": [
            {"message": {"role": "assistant", "content": text} | message, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
    return status(200, body)


def status(code, body=b"", **headers):
    """An answer of any status; `body` is bytes, or a value sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def reply(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return reply


def hang(seconds):
    """No answer for so long."""
    return lambda handler: time.sleep(seconds)


def trickle(seconds):
    """An answer that comes letter by letter, without end."""

    def reply(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)

    return reply


def trickling_headers(seconds):
    """Header after header, without end; each of them comes soon."""

    def reply(handler):
        handler.send_response(200)
        handler.flush_headers()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b"X")
            handler.wfile.flush()
            time.sleep(0.02)

    return reply


def broken_off(handler):
    """The beginning of an answer, then the line is cut."""
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


class Endpoint(ThreadingHTTPServer):
    """Gives the scripted replies in order, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, replies):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = list(replies)
        self.asked = []
        self.lines = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request, client_address):
        """A client that gave up is no trouble of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Endpoint

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.lines.add(self.client_address)
        self.server.asked.append((self.path, dict(self.headers), json.loads(body)))
        self.server.replies.pop(0)(self)

    def log_message(self, format, *args):
        """Keep the test output quiet."""


@contextmanager
def endpoint(*replies: Reply) -> Iterator[Endpoint]:
    """Serve the replies on a free port for the length of a test."""
    server = Endpoint(replies)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
