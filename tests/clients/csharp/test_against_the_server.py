"""The C# client against the running product."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.csharp import mono
from tests.clients.csharp.mono import Driver
from tests.clients.server import Server

pytestmark = pytest.mark.slow

SYSTEM = "support/system"
UNITS = [f"unit-{number}" for number in range(60)]


@pytest.fixture
def driver(program: Path, server: Server) -> Iterator[Driver]:
    """A client of the running product that refreshes every 0.3 seconds."""
    with mono.driving(program, url=server.url, key=server.key, refresh=0.3) as driver:
        yield driver


def until(wanted: Callable[[], bool], seconds: float = 10) -> float:
    """Wait until `wanted`; return how many seconds it took."""
    started = time.monotonic()
    while not wanted():
        assert time.monotonic() - started < seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - started


def test_a_prompt_is_fetched_filled_and_asked_for_again_by_its_etag(driver: Driver) -> None:
    got = driver.get(SYSTEM)
    assert (got["version"], got["state"], got["variant"]) == ("1.0.0", "fresh", "control")
    assert got["generation"].count(":") == 1
    assert "Lumen" in driver.compile(company="Lumen")
    seen: list[int] = []
    until(lambda: len(seen.extend(driver.do("statuses")["statuses"]) or seen) >= 4)
    assert seen[0] == 200
    assert set(seen[1:]) == {304}
    assert driver.get(SYSTEM)["age"] < 1


def test_messages_and_a_default_are_filled(driver: Driver) -> None:
    driver.get("support/chat")
    filled = driver.compile(company="Lumen", question="$&?")
    assert [message["content"] for message in filled] == [
        "You help customers of Lumen. Tone: friendly.",
        "$&?",
    ]
    refused = driver.do("compile", values={"company": "Lumen"})
    assert refused["error"] == "template"
    assert "question" in refused["message"]


def test_a_label_that_moves_reaches_a_running_client(driver: Driver, server: Server) -> None:
    server.run("stages.in_production(world, stages.prompt_named(world, 'csharp/moves'), 'One.')")
    before = driver.get("csharp/moves")["version"]
    moved = server.run(
        "result = str(stages.in_production(world, prompt('csharp/moves'), 'Two.').semver)"
    )
    assert moved != before
    took = until(lambda: driver.get("csharp/moves")["version"] == moved)
    assert driver.compile() == "Two."
    assert took < 2, f"refreshed every 0.3 s, it took {took:.2f} s"


def test_a_unit_keeps_its_variant_and_the_server_chooses_the_same(
    driver: Driver, server: Server
) -> None:
    first = [driver.get("support/rolling", unit=unit)["variant"] for unit in UNITS]
    again = [driver.get("support/rolling", unit=unit)["variant"] for unit in reversed(UNITS)]
    assert first == again[::-1]
    chosen = server.run(
        "from registry.release.models import Rollout\n"
        "from registry.domain.assignment import in_treatment\n"
        "rollout = Rollout.objects.get(prompt=prompt('support/rolling'), state='canary')\n"
        f"result = [in_treatment(rollout.salt, unit, float(rollout.percent)) for unit in {UNITS}]"
    )
    assert [variant == "treatment" for variant in first] == chosen


def test_a_treatment_that_lacks_a_value_becomes_the_control(driver: Driver, server: Server) -> None:
    treated = (f"u{number}" for number in range(2000))
    unit = next(u for u in treated if driver.get("support/rolling", unit=u)["variant"] != "control")
    assert driver.get("support/rolling", unit=unit)["attributes"]["prompt.version"] == "2.0.0"
    assert "Lumen" in driver.compile(company="Lumen")
    assert driver.do("flush")["not_taken"] in (0, 1)  # a server may not take observations yet


def test_refusals_have_a_kind_and_never_show_the_key(program: Path, server: Server) -> None:
    wrong = "pcms_" + "x" * 40
    with mono.driving(program, url=server.url, key=wrong) as driver:
        refused = driver.get(SYSTEM)
        assert (refused["error"], refused["code"]) == ("unauthorized", "unauthorized")
        assert wrong not in str(refused)
    with mono.driving(program, url=server.url, key=server.other_key) as driver:
        assert driver.get("bread/system")["version"] == "1.0.0"
        assert driver.get(SYSTEM)["error"] == "not_found"
        assert driver.get("bread/system", label="nowhere")["error"] in ("not_found", "forbidden")
        assert driver.get("bread/system", version="not a version")["error"] == "bad_request"
        assert server.other_key not in str(driver.get(SYSTEM, fallback="Call us."))


def test_a_pulled_snapshot_serves_without_the_server(
    program: Path, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "prompts.json"
    with mono.driving(program, url=server.url, key=server.key) as driver:
        assert driver.do("pull", file=str(file))["count"] >= 4
        assert driver.do("pull", file=str(file))["count"] >= 4  # over the one that is there
        assert [path.name for path in tmp_path.iterdir()] == ["prompts.json"]
    with mono.driving(program, snapshot=str(file), offline=True) as driver:
        assert driver.get(SYSTEM)["state"] == "snapshot"
        assert "Lumen" in driver.compile(company="Lumen")
        assert driver.get("none")["error"] == "not_found"
        assert driver.do("statuses")["statuses"] == []


def test_while_the_server_is_down_the_last_good_answer_serves(
    program: Path, server: Server
) -> None:
    options: dict[str, Any] = {"refresh": 0.3, "max_stale": 1.0}
    with mono.driving(program, url=server.url, key=server.key, **options) as driver:
        assert driver.get(SYSTEM)["state"] == "fresh"
        server.stop()
        try:
            until(lambda: driver.get(SYSTEM)["state"] == "stale")
            stale = driver.get(SYSTEM)
            assert stale["version"] == "1.0.0"
            assert stale["age"] > 1
            assert "cannot be reached" in stale["why"]
            assert server.key not in str(stale)
            assert driver.get("support/other")["error"] == "unavailable"
            assert driver.get("support/other", fallback="Call us.")["state"] == "fallback"
            assert driver.compile(company="Lumen") == "Call us."
        finally:
            server.start()
        until(lambda: driver.get(SYSTEM)["state"] == "fresh")
