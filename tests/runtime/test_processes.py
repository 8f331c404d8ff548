"""Several web processes beside each other: what changes reaches all of them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from tests.clients.server import Server, running

pytestmark = pytest.mark.slow
ASKED = 40  # new connections, so that each of the processes is met
MOVE = """
from registry.audit.clock import database_now
from registry.release.rollback import roll_back
stages.in_production(world, prompt("support/other"), stages.PATCH_TEXT)
"""
BACK = """
roll_back(prompt("support/other"), actor=world.actor("lea"), reason="Typo.", now=database_now())
"""
REVOKE = """
from registry.runtime.keys import revoke_key
from registry.runtime.models import ApiKey
for key in ApiKey.objects.filter(project=world.project):
    revoke_key(key, actor=world.actor("ada"), reason="Lost.")
"""


@pytest.fixture
def processes(ground: Path) -> Iterator[Server]:
    """The product with four web processes."""
    with running(ground, workers=4) as server:
        yield server


def met(server: Server) -> set[tuple[int, str]]:
    """Fetch over many new connections; return the statuses and versions that came."""
    found = set()
    for _ in range(ASKED):
        with urllib3.PoolManager(retries=False, timeout=10) as pool:
            answer = pool.request(
                "GET",
                f"{server.url}/api/v1/prompts/support/other",
                headers={"Authorization": f"Bearer {server.key}"},
            )
            found.add((answer.status, answer.json().get("version", "")))
    return found


def until(seen: Callable[[], bool]) -> None:
    """Wait for a change; how long it may take is measured by a benchmark."""
    end = time.monotonic() + 10
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_move_and_a_revocation_reach_every_process(processes: Server) -> None:
    assert met(processes) == {(200, "1.0.0")}
    processes.run(MOVE)
    until(lambda: met(processes) == {(200, "1.0.1")})
    processes.run(BACK)
    until(lambda: met(processes) == {(200, "1.0.0")})
    processes.run(REVOKE)
    until(lambda: met(processes) == {(401, "")})
