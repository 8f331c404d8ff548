"""How many calls a second come in through the whole application, in one process.

Run: `python -m tests.benchmarks.intake [calls, default 50000] [--profile]`. Batches of 500 calls
with four metrics each (errors, latency, tokens, a score), by the real WSGI application without a
network between, on SQLite and on a PostgreSQL that is started for it (or on the database that
DATABASE_URL names). Then the same batches again, which must change nothing, and the rows made.
Goal: 5,000 calls a second on PostgreSQL.
"""

import cProfile
import io
import json
import os
import pstats
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BATCH = 500
GOAL = 5000


def main(arguments: list[str]) -> None:
    """Measure on each database, in a process of its own."""
    if "--here" in arguments:
        return _here(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as somebody else
        again = [sys.executable, "-m", "tests.benchmarks.intake", "--here", *arguments]
        plain = {"PROMPTCMS_VAR": folder, "LOG_LEVEL": "ERROR"}
        if os.environ.get("DATABASE_URL"):
            subprocess.run(again, check=True, env={**os.environ, **plain})
            return None
        subprocess.run(again, check=True, env={**os.environ, **plain})
        from tests.services import postgresql

        with postgresql(Path(folder) / "postgresql") as url:
            subprocess.run(again, check=True, env={**os.environ, **plain, "DATABASE_URL": url})
    return None


def _here(arguments: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "promptcms.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    numbers = [int(word) for word in arguments if word.isdigit()]
    calls = numbers[0] if numbers else 50_000
    ground = _ground()
    bodies = [
        _body(ground, range(start, start + BATCH)) for start in range(0, calls + BATCH, BATCH)
    ]
    send = _sender(ground["secret"])
    send(bodies.pop())  # what is made once is made
    if "--profile" in arguments:
        _profiled(send, bodies)
    before = _rows()
    first = _timed(send, bodies)
    sums, rows = _sums(), _rows()
    second = _timed(send, bodies)
    assert _sums() == sums, "sending again changed a figure"
    print(f"{connection.vendor}, batches of {BATCH}, {calls:,} calls of four metrics")
    _say("sent first", first, calls)
    _say("sent again", second, calls)
    print(f"  again / first   {second[0] / first[0]:6.2f}; no figure changed")
    grown = {name: rows[name] - before[name] for name in rows}
    print("  rows made       " + ", ".join(f"{name} {n:,}" for name, n in grown.items()))
    if connection.vendor == "postgresql":
        verdict = "reached" if calls / first[0] >= GOAL else "MISSED"
        print(f"  goal of {GOAL:,} calls a second: {verdict}")


def _ground() -> dict[str, Any]:
    """Make a project with a canary, and a key."""
    from tests import stages

    shop = stages.world(sandbox=True)
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    rollout = stages.in_canary(shop, prompt)
    return {"rollout": rollout, "secret": stages.key(shop, "ingest").secret, "name": prompt.name}


def _body(ground: dict[str, Any], numbers: range) -> bytes:
    rng = random.Random(numbers.start)
    rollout, now = ground["rollout"], datetime.now(UTC)

    def call(n: int) -> dict[str, Any]:
        bucket = rng.randrange(10_000)
        treated = bucket < rollout.percent * 100
        return {
            "id": f"0b6d2a3e-3d0a-4c8e-9a55-{n:012d}",
            "ts": (now - timedelta(seconds=rng.random() * 120)).isoformat(timespec="milliseconds"),
            "prompt": ground["name"],
            "version": "1.1.0" if treated else "1.0.0",
            "label": "production",
            "variant": "treatment" if treated else "control",
            "rollout": rollout.pk,
            "epoch": rollout.epoch,
            "assignment": "hash",
            "bucket": bucket,
            "error": rng.random() < 0.01,
            "latency_ms": round(rng.lognormvariate(6.5, 0.5), 1),
            "input_tokens": rng.randrange(500),
            "output_tokens": rng.randrange(200),
            "scores": {"faithfulness": round(rng.random(), 3)},
        }

    return json.dumps({"observations": [call(n) for n in numbers]}).encode()


def _sender(secret: str) -> Any:
    """Return what sends one body to the application."""
    from promptcms.wsgi import application

    def send(body: bytes) -> None:
        answers: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/api/v1/observations",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": f"Bearer {secret}",
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
        }
        chunks = application(environ, lambda status, headers, *_: answers.append(status))
        text = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        assert answers[0].startswith("200"), (answers, text[:300])

    return send


def _timed(send: Any, bodies: list[bytes]) -> tuple[float, float]:
    """Return the seconds by the clock, and those that this process had a processor."""
    began, worked = time.perf_counter(), time.process_time()
    for body in bodies:
        send(body)
    return time.perf_counter() - began, time.process_time() - worked


def _profiled(send: Any, bodies: list[bytes]) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for body in [bodies.pop() for _ in range(min(20, len(bodies) - 1))]:
        send(body)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(35)


def _sums() -> list[Any]:
    from evaluation.online.models import Histogram, Rollup, Shard

    fields = (("series", "metric", "n", "total"),) * 2 + (("series", "bucket", "n"),)
    rows: list[Any] = []
    for model, names in zip((Rollup, Shard, Histogram), fields, strict=True):
        rows += sorted(model.objects.order_by("pk").values_list("pk", *names))
    return rows


def _rows() -> dict[str, int]:
    from evaluation.online.models import Histogram, Rollup, Seen, Series, Shard

    return {m.__name__.lower(): m.objects.count() for m in (Series, Rollup, Shard, Histogram, Seen)}


def _say(what: str, took: tuple[float, float], calls: int) -> None:
    each, own = (seconds / calls * BATCH * 1000 for seconds in took)
    rate = f"{calls / took[0]:8,.0f} calls a second"
    print(f"  {what}      {rate}, {each:6.1f} ms a batch, {own:6.1f} of them in this process")


if __name__ == "__main__":
    main(sys.argv[1:])
