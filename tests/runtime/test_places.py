"""A database that hangs takes some of the threads; the others go on from memory."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from registry.runtime import places
from registry.runtime.core import StoreError
from registry.runtime.memory import MemoryStore
from registry.runtime.mount import Mount
from registry.runtime.refresher import Refresher
from tests.runtime.test_memory import READER, Script, body

ENOUGH = 20.0  # seconds: nothing here takes so long, but a busy machine might


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE", 0.05)


class Hanging:
    """Django while the database hangs: holds each request until it is let go."""

    def __init__(self) -> None:
        self.go, self.held = threading.Event(), threading.Semaphore(0)

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        self.held.release()
        self.go.wait(ENOUGH)
        start_response("200 OK", [])
        return [b"page"]


@pytest.fixture
def django() -> Iterator[Hanging]:
    hanging = Hanging()
    yield hanging
    hanging.go.set()


def asked(mount: Mount, path: str) -> tuple[str, dict[str, str], bytes]:
    got: list[Any] = []
    answer = b"".join(
        mount({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda *given: got.extend(given))
    )
    return got[0], dict(got[1]), answer


def test_pages_that_hang_leave_threads_for_what_is_in_memory(django: Hanging) -> None:
    source = Script()
    source.bodies["p1"] = b"one"
    memory = MemoryStore(source, limit=100_000)
    memory.check()
    body(memory, "p1")
    mount = Mount(django, memory, Refresher(memory), lambda: None, places=2)
    stuck = [threading.Thread(target=asked, args=(mount, "/")) for _ in range(2)]
    for thread in stuck:
        thread.start()
        assert django.held.acquire(timeout=ENOUGH)
    status, headers, text = asked(mount, "/projects/")
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "2")
    assert text.decode().startswith("Many requests wait")
    status, headers, text = asked(mount, "/api/v1/bundle")
    assert (status[:3], headers["Content-Type"]) == ("503", "application/json")
    assert body(memory, "p1") == b"one"
    assert asked(mount, "/api/v1/prompts/p1")[0][:3] == "401"
    django.go.set()
    for thread in stuck:
        thread.join(ENOUGH)
    assert asked(mount, "/projects/")[0] == "200 OK"


def test_first_fetches_that_hang_are_so_many_and_the_next_are_told_at_once() -> None:
    source, go, held = Script(), threading.Event(), threading.Semaphore(0)
    source.bodies = {f"p{n}": b"x" for n in range(9)}

    def hang() -> None:
        held.release()
        go.wait(ENOUGH)

    memory = MemoryStore(source, limit=100_000, places=2)
    memory.check()
    body(memory, "p1")
    source.meanwhile = hang
    stuck = [threading.Thread(target=body, args=(memory, f"p{n}")) for n in (2, 3)]
    for thread in stuck:
        thread.start()
        assert held.acquire(timeout=ENOUGH)
    with pytest.raises(StoreError):
        memory.label(READER, "p4", "production")
    memory.away = True
    began = time.monotonic()
    with pytest.raises(StoreError):
        memory.label(READER, "p4", "production")
    assert time.monotonic() - began < ENOUGH
    assert body(memory, "p1") == b"x"
    go.set()
    for thread in stuck:
        thread.join(ENOUGH)
    memory.away, source.meanwhile = False, lambda: None
    assert body(memory, "p4") == b"x"
