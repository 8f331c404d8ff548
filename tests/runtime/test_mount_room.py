"""How much a web process remembers: no more than its limit, however odd the requests are."""

from typing import Any

import pytest

from registry.runtime.memory import OVERHEAD, MemoryStore
from registry.runtime.mount import READY_BYTES, Mount
from registry.runtime.refresher import Refresher
from tests.runtime.test_memory import SECRET, Script

SIZE = 10_000
LIMIT = 10 * (SIZE + OVERHEAD)


class AtOnce(Refresher):
    """Looks within the request."""

    def want(self, now: float) -> None:
        self._memory.check()


@pytest.fixture
def source() -> Script:
    script = Script()
    script.bodies = {f"p{n}": b"x" * SIZE for n in range(100)}
    return script


@pytest.fixture
def mount(source: Script) -> Mount:
    memory = MemoryStore(source, limit=LIMIT)
    return Mount(lambda environ, start_response: [], memory, AtOnce(memory), lambda: None)


def ask(mount: Mount, name: str, query: str = "", client: str = "app/1") -> int:
    got: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/api/v1/prompts/{name}",
        "QUERY_STRING": query,
        "HTTP_AUTHORIZATION": f"Bearer {SECRET}",
        "HTTP_X_PCMS_CLIENT": client,
    }
    mount(environ, lambda status, headers: got.append(status))
    return int(got[0].split()[0])


def held(mount: Mount) -> int:
    """Return the bytes of all bodies that remembered requests hold on to."""
    found = {id(ready.found): ready.found for ready in mount._ready.values()}
    return sum(len(one.body) for one in found.values())


def test_what_the_memory_forgot_is_not_held_by_the_requests_for_it(
    mount: Mount, source: Script
) -> None:
    for number in range(100):
        assert ask(mount, f"p{number}") == 200
        assert held(mount) <= LIMIT * 1.5
    for _ in range(100):
        ask(mount, "p1", client=f"app/{source.number}")
        source.change(1)
        ask(mount, "p2")
        assert held(mount) <= LIMIT * 1.5


def test_clients_under_ever_new_names_cost_no_more_than_the_answers(mount: Mount) -> None:
    most = LIMIT // READY_BYTES
    for number in range(2 * most):
        assert ask(mount, "p1", client=f"app/1;{number}") == 200
        assert len(mount._ready) <= most


def test_labels_that_cannot_be_are_looked_up_once_and_not_remembered_apart(
    mount: Mount, source: Script
) -> None:
    asked = {ask(mount, "p100", f"label={'x' * 1000}{number}") for number in range(10)}
    assert (asked, source.asked, len(mount.memory._missing)) == ({404}, 1, 1)
    assert (ask(mount, "p100"), source.asked) == (404, 2)
