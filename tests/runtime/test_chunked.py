"""Bodies in pieces: whole where the server puts them together, refused where it does not."""

import http.client
import json
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from registry.runtime.chunked import WholeBodies
from tests.clients.server import Server, running

IN_PIECES = {"Transfer-Encoding": "chunked"}
MIB = 2**20


class Echo:
    """An application that keeps what it is given, as Django reads it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "")
        body = environ["wsgi.input"].read(int(length or 0))
        self.got.append((length, body))
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


def ask(echo: Echo, body: bytes, largest: int = MIB, **environ: Any) -> tuple[str, Any]:
    """Send a body; return the status, and the document of a refusal."""
    statuses: list[str] = []
    known = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": BytesIO(body), **environ}
    answer = b"".join(
        WholeBodies(echo, largest)(known, lambda status, headers: statuses.append(status))
    )
    return statuses[0], None if answer == b"ok" else json.loads(answer)


CHUNKED = {"HTTP_TRANSFER_ENCODING": "Chunked", "wsgi.input_terminated": True}


@pytest.mark.parametrize("length", [0, 1, 100_000, 2 * MIB])
def test_a_chunked_body_arrives_whole_and_with_its_length(length: int) -> None:
    echo, body = Echo(), b"x" * length
    assert ask(echo, body, 4 * MIB, **CHUNKED)[0] == "200 OK"
    assert echo.got == [(str(length), body)]


def test_a_body_of_known_length_is_handed_on_unread() -> None:
    echo = Echo()
    assert ask(echo, b"hello, and the next request", CONTENT_LENGTH="5")[0] == "200 OK"
    assert echo.got == [("5", b"hello")]


def test_a_chunked_body_is_read_no_further_than_the_limit() -> None:
    echo = Echo()
    endless = BytesIO(b"x" * 3 * MIB)
    status, said = ask(echo, b"", **CHUNKED | {"wsgi.input": endless})
    assert status == "413 Request Entity Too Large"
    assert said["error"] == "too_large"
    assert endless.tell() == MIB + 1
    assert echo.got == []


def test_where_the_end_cannot_be_known_the_length_is_asked_for() -> None:
    echo = Echo()
    status, said = ask(echo, b"5\r\nhello\r\n0\r\n\r\n", HTTP_TRANSFER_ENCODING="chunked")
    assert (status, said["error"]) == ("411 Length Required", "length_required")
    assert echo.got == []


def test_djangos_own_server_refuses_and_closes_so_that_nothing_is_taken_for_a_request() -> None:
    echo = Echo()
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(WholeBodies(echo))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        with socket.create_connection(server.server_address[:2], timeout=10) as connection:
            sent = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            inner = b"GET /stolen HTTP/1.1\r\nHost: x\r\n\r\n"
            connection.sendall(sent + b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner))
            answer = b""
            with suppress(ConnectionResetError):  # it closes on what it has not read
                while piece := connection.recv(4096):
                    answer += piece
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b" 411 Length Required" in answer
    assert echo.got == []


class QuietHandler(WSGIRequestHandler):
    """Django's handler, without a line a request."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server(ground: Path) -> Iterator[Server]:
    with running(ground) as server:
        yield server


@pytest.mark.slow
def test_the_product_reads_chunked_bodies_on_a_connection_that_stays_open(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {
        "Authorization": f"Bearer {server.key}",
        "Content-Type": "application/json",
        **IN_PIECES,
    }

    def post(*pieces: bytes) -> tuple[int, bytes]:
        connection.request("POST", "/v1/traces", iter(pieces), headers=headers, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, answer.read()

    bad_trace = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":', b'"no hex"}]}]}]}'
    assert post(*bad_trace)[0] == 400  # so it was read, and to its end
    assert post(b'{"resource', b"Spans", b'":[]}') == (200, b"{}")
    status, said = post(*[b" " * MIB] * 9)
    assert (status, json.loads(said)["error"]) == (413, "too_large")
    connection.close()
    assert post(b"{}") == (200, b"{}")
