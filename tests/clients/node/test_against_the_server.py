"""The Node client against the running product."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.node.node import CLIENT, application, run
from tests.clients.server import Server

BIN = CLIENT / "bin/promptcms-client.cjs"
SYSTEM = "support/system"


def until(wanted: Callable[[], bool], seconds: float = 10) -> float:
    """Wait until `wanted`; return how long it took."""
    started = time.monotonic()
    while not wanted():
        assert time.monotonic() - started < seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - started


def test_a_prompt_is_fetched_filled_and_asked_for_again_by_its_etag(server: Server) -> None:
    with application(server.url, server.key, refresh=0.3) as app:
        got = app.do("get", SYSTEM)
        assert (got["version"], got["state"], got["variant"]) == ("1.0.0", "fresh", "control")
        assert got["generation"].count(":") == 1
        assert "Lumen" in app.do("compile", {"company": "Lumen"})
        time.sleep(1.0)  # three rounds behind the application's back
        again = app.do("get", SYSTEM)
        assert again["state"] == "fresh"
        assert again["age"] < 0.9  # confirmed since


def test_messages_a_placeholder_and_a_default_are_filled(server: Server) -> None:
    with application(server.url, server.key) as app:
        app.do("get", "support/chat")
        earlier = [{"role": "user", "content": "{{as it is}}"}]
        filled = app.do("compile", {"company": "Lumen", "question": "$&?"}, {"history": earlier})
        assert [message["content"] for message in filled] == [
            "You help customers of Lumen. Tone: friendly.",
            "{{as it is}}",
            "$&?",
        ]
        assert app.do("compile", {"company": "Lumen"})["error"] == "template"


def test_a_label_that_moves_reaches_a_running_client(server: Server) -> None:
    server.run("stages.in_production(world, stages.prompt_named(world, 'node/moves'), 'One.')")
    with application(server.url, server.key, refresh=0.5) as app:
        before = app.do("get", "node/moves")["version"]
        moved = server.run(
            "result = str(stages.in_production(world, prompt('node/moves'), 'Two.').semver)"
        )
        assert moved != before
        until(lambda: app.do("get", "node/moves")["version"] == moved, 5)
        assert app.do("compile") == "Two."


def test_a_unit_keeps_its_version_and_the_server_chooses_the_same(server: Server) -> None:
    units = [f"unit-{number}" for number in range(60)]
    with application(server.url, server.key) as app:
        first = app.do("units", "support/rolling", units)
        assert app.do("units", "support/rolling", units) == first
        got = app.do("get", "support/rolling", {"unit": units[0]})
    assert got["rollout"]["id"] == got["attributes"]["prompt.rollout"]
    chosen = server.run(
        "from registry.release.models import Rollout\n"
        "from registry.domain.assignment import in_treatment\n"
        "rollout = Rollout.objects.get(prompt=prompt('support/rolling'), state='canary')\n"
        f"result = [in_treatment(rollout.salt, unit, float(rollout.percent)) for unit in {units}]"
    )
    assert [variant == "treatment" for variant in first] == chosen


def test_refusals_have_a_kind_and_say_what_the_server_said(server: Server) -> None:
    with application(server.url, server.key) as app:
        missing = app.do("get", "support/none")
        assert (missing["error"], missing["code"]) == ("not_found", "prompt_not_found")
        assert "support/none" in missing["message"]
        assert app.do("get", SYSTEM, {"version": "9.9.9"})["code"] == "version_not_found"
        assert app.do("get", SYSTEM, {"version": "x"})["error"] == "bad_request"
    with application(server.url, server.other_key) as app:
        assert app.do("get", SYSTEM)["error"] == "not_found"
        assert app.do("get", "bread/system")["state"] == "fresh"
    with application(server.url, "pcms_wrong") as app:
        assert app.do("get", SYSTEM)["error"] == "unauthorized"


def test_without_the_server_a_warm_client_goes_on_and_a_cold_one_says_why(
    server: Server, tmp_path: Path
) -> None:
    snapshot = tmp_path / "snapshot.json"
    run(BIN, "pull", "--out", snapshot, settings=settings(server))
    quick: dict[str, Any] = {"refresh": 0.3, "maxStale": 1}
    with application(server.url, server.key, **quick) as warm:
        assert warm.do("get", SYSTEM)["state"] == "fresh"
        server.stop()
        try:
            until(lambda: warm.do("get", SYSTEM)["state"] == "stale", 5)
            stale = warm.do("get", SYSTEM)
            assert (stale["version"], stale["why"]) == ("1.0.0", "unavailable")
            assert stale["age"] > 1
            with application(server.url, server.key) as cold:
                assert cold.do("get", SYSTEM)["error"] == "unavailable"
                assert cold.do("get", SYSTEM, {"fallback": "Call us."})["state"] == "fallback"
                assert cold.do("compile", {"company": "not used"}) == "Call us."
            with application(server.url, server.key, snapshot=str(snapshot)) as bundled:
                kept = bundled.do("get", SYSTEM, {"fallback": "Call us."})
                assert (kept["state"], kept["version"]) == ("snapshot", "1.0.0")
        finally:
            server.start()
        until(lambda: warm.do("get", SYSTEM)["state"] == "fresh", 10)


def test_a_pulled_snapshot_serves_offline(server: Server, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    done = run(BIN, "pull", "--prefix", "support/", "--out", snapshot, settings=settings(server))
    assert str(snapshot) in done.stdout
    kept = json.loads(snapshot.read_text())
    assert set(kept) == {"generation", "label", "prompts"}
    assert SYSTEM in kept["prompts"]
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot.json"]
    with application("", "", snapshot=str(snapshot), offline=True) as app:
        assert app.do("get", SYSTEM)["state"] == "snapshot"
        assert app.do("get", SYSTEM, {"version": "1.0.0"})["state"] == "snapshot"
        refused = app.do("get", SYSTEM, {"label": "staging"})
        assert refused["error"] == "not_found"
        assert "pull" in refused["message"]
        app.do("get", SYSTEM)
        app.do("report", {"latencyMs": 1})
        assert app.do("flush") == 0


def test_the_command_line_says_what_is_wrong_without_a_stack(
    server: Server, tmp_path: Path
) -> None:
    wrong = {**settings(server), "PROMPTCMS_KEY": "pcms_wrong"}
    refused = run(BIN, "pull", check=False, cwd=tmp_path, settings=wrong)
    assert refused.returncode == 1
    assert "key" in refused.stderr
    assert "pcms_wrong" not in refused.stderr
    assert "    at " not in refused.stderr
    assert not list(tmp_path.iterdir())
    assert run(BIN, "push", check=False).returncode == 2
    nowhere = run(BIN, "types", check=False)
    assert nowhere.returncode == 1
    assert "PROMPTCMS_" in nowhere.stderr


def test_types_name_required_and_optional_variables(server: Server) -> None:
    written = run(BIN, "types", settings=settings(server)).stdout
    chat = written.partition("SupportChatVariables {")[2].partition("}")[0]
    assert "  company: string" in chat
    assert "  tone?: string;" in chat
    rolling = written.partition("SupportRollingVariables {")[2].partition("}")[0]
    assert "  plan?: " in rolling  # only the treatment has it
    assert '"support/chat": SupportChatVariables;' in written


@pytest.mark.parametrize("place", ["url", "key"])
def test_a_missing_setting_is_said_by_its_name(place: str) -> None:
    done = run(
        "-e",
        f"new (require({json.dumps(str(CLIENT))}).Client)()",
        check=False,
        settings={} if place == "url" else {"PROMPTCMS_URL": "http://prompts.example"},
    )
    assert done.returncode == 1
    assert f"ConfigError: Set PROMPTCMS_{place.upper()}" in done.stderr


def settings(server: Server) -> dict[str, str]:
    """Return the environment of an application that reads the shop."""
    return {"PROMPTCMS_URL": server.url, "PROMPTCMS_KEY": server.key}
