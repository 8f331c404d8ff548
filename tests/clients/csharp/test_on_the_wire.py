"""What the C# client does with connections, slow and strange answers, and its reports."""

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.clients.csharp import mono
from tests.clients.stub import stub

pytestmark = pytest.mark.slow

KEY = "pcms_secret_that_nobody_may_see"
PROMPT = {"name": "a", "kind": "text", "version": "1.0.0", "template": "Hi.", "rollout": None}


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that answers every connection by `speak`; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            # The client turns away in the middle, which is what it should do.
            with connection, suppress(OSError):
                speak(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def drop_by_drop(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(300):
        connection.sendall(b" ")
        time.sleep(0.1)


def too_much(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b" " * 64 * 1024)


def silence(connection: socket.socket) -> None:
    connection.recv(4096)
    time.sleep(30)


def rubbish(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x01 what is this\r\n\r\n")


@pytest.mark.parametrize("speak", [drop_by_drop, too_much, silence, rubbish])
def test_a_strange_server_is_away_within_the_timeouts(
    program: Path, speak: Callable[[socket.socket], None]
) -> None:
    with speaking(speak) as url, mono.driving(program, url=url, key=KEY, timeout=0.5) as driver:
        started = time.monotonic()
        refused = driver.get("a")
        assert refused["error"] == "unavailable", refused
        assert time.monotonic() - started < 30  # three attempts and the waits between them
        assert KEY not in str(refused)
        assert driver.get("a", fallback="Call us.")["state"] == "fallback"


def test_connections_are_kept_and_the_key_is_in_one_header_only(program: Path) -> None:
    with (
        stub((200, PROMPT, {"ETag": '"x"'})) as server,
        mono.driving(program, url=server.url, key=KEY) as driver,
    ):
        for label in ("production", "staging", "canary", "production"):
            assert driver.get("a", label=label)["version"] == "1.0.0"
        assert len(server.asked) == 3
        assert len({asked.port for asked in server.asked}) == 1
        for asked in server.asked:
            assert asked.headers.pop("authorization") == f"Bearer {KEY}"
            assert KEY not in str(asked)
            assert asked.headers["x-pcms-client"].startswith("promptcms-csharp/0.1.0;")


def test_a_redirect_takes_the_key_nowhere(program: Path) -> None:
    with (
        stub((200, PROMPT, {})) as elsewhere,
        stub((302, {}, {"Location": f"{elsewhere.url}/api/v1/prompts/a"})) as server,
        mono.driving(program, url=server.url, key=KEY) as driver,
    ):
        assert driver.get("a")["error"] == "unavailable"
        assert len(server.asked) == 3
        assert elsewhere.asked == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of localhost that nobody vouches for, with its key behind it."""
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    made += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    pair = tmp_path / "pair.pem"
    out = tmp_path / "certificate.pem"
    subprocess.run([*made, "-keyout", str(pair), "-out", str(out)], check=True, capture_output=True)
    return out


def test_only_a_certificate_that_the_platform_trusts_gets_the_key(
    program: Path, certificate: Path, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("pair.pem"))
    heard: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            heard.append(secured.recv(4096))
            body = json.dumps(PROMPT).encode()
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with speaking(speak) as url:
        address = url.replace("http://127.0.0.1", "https://localhost")
        with mono.driving(program, url=address, key=KEY) as driver:
            refused = driver.get("a")
        assert refused["error"] == "unavailable"
        assert "certificate" in refused["message"].lower()
        assert not any(heard)
        with mono.driving(
            program, home=trusting(certificate, tmp_path), url=address, key=KEY
        ) as driver:
            assert driver.get("a")["version"] == "1.0.0"
        assert KEY.encode() in heard[-1]


def trusting(certificate: Path, folder: Path) -> Path:
    """Return a home whose user trusts the certificate, as Mono keeps that."""
    asked = ["openssl", "x509", "-in", str(certificate), "-noout", "-subject_hash"]
    name = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    trust = folder / ".config/.mono/new-certs/Trust"
    trust.mkdir(parents=True)
    (trust / f"{name}.0").write_text(certificate.read_text())
    return folder


def test_what_waits_is_sent_when_the_process_ends(program: Path) -> None:
    with stub((200, PROMPT, {}), (202, {}, {})) as server:
        with mono.driving(program, url=server.url, key=KEY) as driver:
            driver.get("a", unit="ana@example.com")
            driver.do("report")
        (observation,) = server.asked[1].body["observations"]
        assert server.asked[1].path == "/api/v1/observations"
        assert observation["latency_ms"] == 12.5
        assert "ana@example.com" not in str(observation)


def test_a_server_that_takes_no_reports_is_mentioned_once(program: Path) -> None:
    with (
        stub((200, PROMPT, {}), (404, {"error": "not_found", "message": "None."}, {})) as server,
        mono.driving(program, url=server.url, key=KEY) as driver,
    ):
        driver.get("a")
        for count in (1, 2):
            driver.do("report")
            flushed = driver.do("flush")
            assert flushed["not_taken"] == 1
            assert len(server.asked) == 1 + count
        assert len(flushed["logged"]) == 1
        assert "takes no observations" in flushed["logged"][0]
