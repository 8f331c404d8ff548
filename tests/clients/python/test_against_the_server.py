"""The client and the running product: what an application sees of releases and of outages."""

import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from promptcms_client import Client, NotFound, Unauthorized, Unavailable, identity
from promptcms_client.__main__ import main
from promptcms_client.transport import HttpTransport, Response

from tests.clients.server import Server, running
from tests.processes.product import manage, wait_until

NAME = "support/system"
REFRESH = 1.0

TWO_VERSIONS = """
stages.in_production(world, stages.prompt_named(world, 'moving'), 'One.')
stages.in_production(world, prompt('moving'), 'Two.')
"""
ROLL_BACK = """
from registry.audit.clock import database_now
from registry.release.rollback import roll_back
roll_back(prompt('moving'), actor=world.actor('lea'), reason='Bad.', now=database_now())
"""
USED_BY = """
from registry.audit.clock import database_now
from registry.runtime.callers import callers_of
seen = callers_of(prompt('support/other'), now=database_now())
result = [[caller.client, row.variables] for caller in seen for row in caller.rows]
"""
WARNINGS = """
from registry.release.labels import version_at
from registry.runtime.callers import warnings_of
now = version_at(prompt('support/other'), 'production')
result = warnings_of(
    stages.saved(world, prompt('support/other'), stages.MAJOR_TEXT, base=now), now=database_now()
)
"""


class Watched(HttpTransport):
    """The real transport; remembers the status of every answer."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.statuses: list[int] = []

    def request(self, method: str, path: str, headers: Mapping[str, str], **how: Any) -> Response:
        response = super().request(method, path, headers, **how)
        self.statuses.append(response.status)
        return response


@pytest.fixture
def app(server: Server) -> Iterator[Client]:
    with Client(server.url, server.key, refresh=REFRESH, timeout=10) as app:
        yield app


def test_a_text_and_a_chat_are_fetched_and_filled(app: Client) -> None:
    prompt = app.get_prompt(NAME)
    assert (prompt.kind, prompt.version, prompt.state, prompt.label) == (
        "text",
        "1.0.0",
        "fresh",
        "production",
    )
    assert "{{company}}" in (prompt.template or "")
    assert "Lumen" in prompt.compile({"company": "Lumen"})
    installation, _, number = (prompt.generation or "").partition(":")
    assert installation
    assert number.isdigit()
    chat = app.get_prompt("support/chat")
    history = [{"role": "user", "content": "{{hello}}"}]
    filled = chat.compile({"company": "Lumen", "question": "Where?"}, {"history": history})
    assert [m["role"] for m in filled] == ["system", "user", "user"]
    assert filled[0]["content"] == "You help customers of Lumen. Tone: friendly."
    assert filled[1] == history[0]
    assert app.get_prompt(NAME, version="1.0.0").digest == prompt.digest


def test_an_unchanged_prompt_is_answered_without_a_body(server: Server) -> None:
    transport = Watched(server.url)
    with Client(server.url, server.key, refresh=0.2, timeout=10, transport=transport) as app:
        prompt = app.get_prompt(NAME)
        wait_until(lambda: 304 in transport.statuses, 10)
        assert app.get_prompt(NAME) is prompt
        wait_until(lambda: prompt.age < 0.4, 10)
    assert set(transport.statuses) == {200, 304}


def test_a_label_that_is_moved_reaches_the_application_within_the_refresh_time(
    server: Server, app: Client
) -> None:
    server.run(TWO_VERSIONS)
    assert app.get_prompt("moving").compile() == "Two."
    server.run(ROLL_BACK)
    seconds = wait_until(lambda: app.get_prompt("moving").compile() == "One.", 20)
    assert seconds < REFRESH + 1.5  # the server's own part is 0.5 s; the rest is a busy machine


def test_a_unit_keeps_its_variant_and_a_treatment_that_lacks_a_value_gives_way(
    app: Client,
) -> None:
    units = [f"user-{n}" for n in range(400)]
    first = {unit: app.get_prompt("support/rolling", unit=unit) for unit in units}
    again = {unit: app.get_prompt("support/rolling", unit=unit) for unit in units}
    assert [p.variant for p in first.values()] == [p.variant for p in again.values()]
    treated = [p for p in first.values() if p.variant == "treatment"]
    assert 0 < len(treated) < len(units)
    assert {p.version for p in treated} == {"2.0.0"}
    assert treated[0].compile({"company": "Lumen", "plan": "gold"}).endswith("plan is gold.")
    assert treated[0].attributes["prompt.version"] == "2.0.0"
    given_way = again[next(unit for unit in units if first[unit] is treated[0])]
    assert "Lumen" in given_way.compile({"company": "Lumen"})
    assert (given_way.version, given_way.variant, given_way.fell_back) == (
        "1.0.0",
        "control",
        True,
    )
    assert given_way.attributes["prompt.version"] == "1.0.0"


def test_the_server_knows_what_the_application_supplies_and_warns_of_what_it_does_not(
    server: Server, app: Client
) -> None:
    app.get_prompt("support/other").compile({"company": "Lumen"})
    name = f"{identity.NAME}/{identity.VERSION}"
    wait_until(lambda: [name, ["company"]] in server.run(USED_BY), 30)
    warnings = server.run(WARNINGS)
    assert len(warnings) == 1
    assert "{{plan}}" in warnings[0]


@pytest.mark.slow
def test_a_restored_backup_is_accepted_by_a_client_that_runs(ground: Path, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup.sqlite3")
    with running(ground) as server, Client(server.url, server.key, refresh=REFRESH) as app:
        server.run(TWO_VERSIONS)
        assert manage(server.var, "backup", backup).returncode == 0
        for _ in range(2):
            assert app.get_prompt("moving").compile() == "Two."
        server.run(ROLL_BACK)
        wait_until(lambda: app.get_prompt("moving").compile() == "One.", 20)
        before = app.get_prompt("moving").generation or ""
        server.stop()
        server.close()
        restored = manage(server.var, "restore", backup)
        assert restored.returncode == 0, restored.stderr
        server.start()
        wait_until(lambda: app.get_prompt("moving").compile() == "Two.", 20)
        after = app.get_prompt("moving").generation or ""
        assert before.split(":")[0] != after.split(":")[0]
        assert int(before.split(":")[1]) > int(after.split(":")[1])


def test_what_is_not_there_or_not_for_this_key_is_said(server: Server, app: Client) -> None:
    with pytest.raises(NotFound) as missing:
        app.get_prompt("support/nothing")
    assert missing.value.code
    assert app.get_prompt("support/nothing", fallback="Call us.").state == "fallback"
    with Client(server.url, server.other_key) as other, pytest.raises(NotFound):
        other.get_prompt(NAME)
    with Client(server.url, server.key + "x") as wrong, pytest.raises(Unauthorized) as refused:
        wrong.get_prompt(NAME)
    assert refused.value.status == 401


def test_reports_of_a_key_that_may_not_send_any_are_dropped_with_one_line(
    app: Client, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    prompt = app.get_prompt(NAME)
    key = server.run('result = stages.key(world, "read").secret')
    with (
        Client(server.url, key, timeout=10) as reader,
        caplog.at_level(logging.WARNING, "promptcms_client"),
    ):
        for number in range(3):
            reader.report(prompt, latency_ms=number + 1, scores={"helpful": 1})
            assert reader.flush() == 1
    lines = [line for line in caplog.messages if "observations" in line]
    assert len(lines) == 1
    assert "403" in lines[0]


def test_while_the_server_is_away_a_warm_client_serves_and_a_cold_one_says_so(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = tmp_path / "prompts.json"
    monkeypatch.setenv("PROMPTCMS_URL", server.url)
    monkeypatch.setenv("PROMPTCMS_KEY", server.key)
    assert main(["pull", "--out", str(snapshot), "--prefix", "support/s"]) == 0
    warm = Client(refresh=0.3, max_stale=1)
    prompt = warm.get_prompt(NAME)
    server.stop()
    try:
        assert warm.get_prompt(NAME) is prompt
        wait_until(lambda: warm.get_prompt(NAME).state == "stale", 10)
        stale = warm.get_prompt(NAME)
        assert isinstance(stale.error, Unavailable)
        assert (stale.version, stale.age > 1) == ("1.0.0", True)
        with Client() as cold:
            started = time.monotonic()
            with pytest.raises(Unavailable, match="PROMPTCMS_URL"):
                cold.get_prompt(NAME)
            assert time.monotonic() - started < 20
            assert (
                cold.get_prompt(NAME, fallback="Call us.").compile({"company": "x"}) == "Call us."
            )
        with Client(snapshot=snapshot) as bundled:
            kept = bundled.get_prompt(NAME)
            assert (kept.state, kept.version) == ("snapshot", "1.0.0")
            assert kept.digest == prompt.digest
    finally:
        server.start()
    wait_until(lambda: warm.get_prompt(NAME).state == "fresh", 10)
    warm.close()


def test_a_snapshot_serves_offline_without_any_server(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = tmp_path / "prompts.json"
    monkeypatch.setenv("PROMPTCMS_URL", server.url)
    monkeypatch.setenv("PROMPTCMS_KEY", server.key)
    assert main(["pull", "--out", str(snapshot)]) == 0
    monkeypatch.delenv("PROMPTCMS_URL")
    monkeypatch.delenv("PROMPTCMS_KEY")
    monkeypatch.setenv("PROMPTCMS_SNAPSHOT", str(snapshot))
    monkeypatch.setenv("PROMPTCMS_OFFLINE", "1")
    with Client() as app:
        assert "Lumen" in app.get_prompt(NAME).compile({"company": "Lumen"})
        assert app.get_prompt("support/rolling", unit="user-1").rollout is not None
        with pytest.raises(NotFound, match="pull"):
            app.get_prompt(NAME, label="staging")
