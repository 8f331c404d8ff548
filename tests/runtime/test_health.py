"""The probes: alive, able to answer, everything in place; each says what to do."""

import os
import time
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from promptcms import guards
from promptcms.celery import app
from registry.runtime import process, scheduler
from registry.runtime.core import StoreError
from registry.runtime.heartbeat import beat
from registry.runtime.memory import MemoryStore
from registry.runtime.models import Heartbeat
from registry.runtime.mount import Mount
from registry.runtime.store import DatabaseStore


def status() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/status")
    return answer.status_code, answer.json()


def test_alive_is_answered_without_a_database(client: Client) -> None:
    # Without the fixture db, pytest refuses every query.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_means_that_fetches_can_be_answered(client: Client) -> None:
    assert client.get("/readyz").status_code == 200
    gone = OperationalError("could not connect to server at 10.0.0.7")
    with mock.patch("registry.runtime.health.Wire.objects.exists", side_effect=gone):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "10.0.0.7" not in answer.content.decode()


@pytest.mark.django_db
def test_what_a_process_remembers_it_can_answer_without_the_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = MemoryStore(DatabaseStore(), limit=1000)
    refresher = mock.Mock(**{"want.side_effect": lambda now: memory.check()})
    mount = Mount(mock.Mock(), memory, refresher, lambda: None)
    monkeypatch.setattr(process, "mount", mount)
    assert client.get("/readyz").json() == {"status": "ok"}
    gone = OperationalError("away")
    with (
        mock.patch.object(DatabaseStore, "news", side_effect=StoreError),
        mock.patch("registry.runtime.health.Wire.objects.exists", side_effect=gone) as pool,
    ):
        assert client.get("/readyz").status_code == 503
        with mock.patch.object(MemoryStore, "size", (3, 4000)):
            answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "from_memory")
        assert not pool.called  # it would hold the probe up
    assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_the_figures_of_the_fetches_are_told_to_prometheus(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/metrics").status_code == 200
    memory = MemoryStore(DatabaseStore(), limit=1000)
    memory.check()
    mount = Mount(mock.Mock(), memory, mock.Mock(), lambda: None)
    monkeypatch.setattr(process, "mount", mount)
    memory.checked = time.monotonic()
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/prompts/a"}
    mount(environ, mock.Mock())
    told = client.get("/metrics").content.decode()
    pid = os.getpid()
    assert f'promptcms_fetches_total{{outcome="refused",process="{pid}"}} 1.0' in told
    assert f'promptcms_fetch_behind_seconds{{process="{pid}"}} 0.0' in told
    assert "promptcms_fetch_generation" in told


@pytest.mark.django_db
def test_the_status_is_well_while_worker_and_beat_show_that_they_live() -> None:
    code, before = status()
    assert (code, before["status"]) == (503, "attention")
    assert before["worker"]["seen"] == before["beat"]["seen"] == "never seen"
    assert "celery -A promptcms worker" in before["worker"]["cure"]
    beat("worker")
    beat("beat")
    code, after = status()
    assert (code, after["status"]) == (200, "ok")
    assert all(part["ok"] for part in after.values() if isinstance(part, dict))
    assert after["worker"]["seconds_ago"] < 30


@pytest.mark.django_db
def test_a_silent_worker_is_named() -> None:
    beat("worker")
    beat("beat")
    late = Heartbeat.objects.get(name="worker").at - timedelta(seconds=31)
    Heartbeat.objects.filter(name="worker").update(at=late)
    code, told = status()
    assert (code, told["worker"]["ok"], told["beat"]["ok"]) == (503, False, True)
    assert told["worker"]["seen"].startswith("silent for 3")
    beat("worker")
    assert status()[0] == 200


@pytest.mark.django_db
def test_a_missing_guard_and_a_missing_migration_are_named() -> None:
    beat("worker")
    beat("beat")
    assert status()[0] == 200
    rule = next(guards.all_rules())
    trigger, table = guards.PREFIX + rule.name, rule.table
    on = "" if connection.vendor == "sqlite" else f" ON {table}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}{on}")
    code, told = status()
    assert (code, told["guards"]["missing"]) == (503, [rule.name])
    guards.create_all(connection)
    assert status()[0] == 200
    MigrationRecorder(connection).record_unapplied("registry", "0001_initial")
    code, told = status()
    assert (code, told["migrations"]["missing"]) == (503, ["registry.0001_initial"])
    assert "migrate" in told["migrations"]["cure"]


def test_the_status_of_an_unreachable_database_says_so_and_nothing_secret() -> None:
    gone = OperationalError("password authentication failed for user promptcms")
    with mock.patch("registry.runtime.health._migrations", side_effect=gone):
        code, told = status()
    assert code == 503
    assert told["database"] == {
        "ok": False,
        "cure": "Start the database, or correct DATABASE_URL.",
    }


@pytest.mark.django_db
def test_beat_shows_with_its_own_ticks_that_it_lives() -> None:
    ticking = scheduler.BeatingScheduler(app, lazy=True)
    with mock.patch.object(scheduler, "close_old_connections"):
        wait = ticking.tick()
    assert 0 < wait <= 5
    first = Heartbeat.objects.get(name="beat").at
    assert status()[1]["beat"]["ok"]
    with (
        mock.patch.object(scheduler, "close_old_connections"),
        mock.patch.object(scheduler, "beat", side_effect=OperationalError("gone")),
    ):
        assert ticking.tick() <= 5
    assert Heartbeat.objects.get(name="beat").at == first
