"""Is it alive, can it answer, is everything in place: for probes and for people."""

from functools import cache
from typing import Any

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from promptcms import guards
from registry.release.models import Wire
from registry.runtime import process
from registry.runtime.heartbeat import last_beat

Part = dict[str, Any]


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """This process runs. Asks nothing else, so that a database outage restarts nobody."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """This process can answer fetches: from the database, or what it remembers from memory.

    Where a memory is mounted it is asked, since the pool would wait longer than a probe does.
    """
    mount = process.mount
    if _answers() if mount is None else mount.look() is None:
        return JsonResponse({"status": "ok"})
    if mount is not None and mount.memory.size[0]:
        return JsonResponse({"status": "from_memory", "database": _unreachable()})
    return JsonResponse({"status": "unavailable", "database": _unreachable()}, status=503)


@never_cache
def status(request: HttpRequest) -> JsonResponse:
    """Database, migrations, guards, worker and beat; 503 if any is not as it should be."""
    try:
        parts = {
            "database": {"ok": True, "engine": connection.vendor},
            "migrations": _migrations(),
            "guards": _guards(),
            "worker": _process("worker"),
            "beat": _process("beat"),
        }
    except Error:
        parts = {"database": _unreachable()}
    well = all(part["ok"] for part in parts.values())
    return JsonResponse(
        {"status": "ok" if well else "attention", **parts}, status=200 if well else 503
    )


def _answers() -> bool:
    """Does the database answer?"""
    try:
        Wire.objects.exists()
    except Error:
        return False
    return True


def _unreachable() -> Part:
    return {"ok": False, "cure": "Start the database, or correct DATABASE_URL."}


def unapplied_migrations() -> list[str]:
    """Return the migrations of the code that the database has not had, as app.name."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(".".join(key) for key in _on_disk() if key not in applied)


@cache
def _on_disk() -> frozenset[tuple[str, str]]:
    """Read the names of the migrations once: they change only with the code."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return frozenset(loader.disk_migrations)


def _migrations() -> Part:
    return _part("missing", unapplied_migrations(), cure="Run: python3 manage.py migrate")


def _guards() -> Part:
    return _part("missing", guards.missing(connection), cure="Run: python3 manage.py migrate")


def _part(name: str, faults: list[str], *, cure: str) -> Part:
    return {"ok": True} if not faults else {"ok": False, name: faults, "cure": cure}


def _process(name: str) -> Part:
    alive, age = last_beat(name)
    if alive:
        return {"ok": True, "seconds_ago": round(age or 0.0, 1)}
    seen = "never seen" if age is None else f"silent for {age:.0f} s"
    command = f"celery -A promptcms {name}"
    return {"ok": False, "seen": seen, "cure": f"Start it: {command}"}
