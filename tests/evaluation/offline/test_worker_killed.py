"""A real Celery worker is killed in the middle of a run; the next one finishes it."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.models import Run, RunShard
from evaluation.offline.submit import submit
from evaluation.providers import connections
from promptcms.processes.child import Program
from promptcms.processes.lifeline import dies_with_parent
from promptcms.processes.programs import beat, worker
from registry.domain.lifecycle import Clearance
from registry.release.models import Release
from tests import stages
from tests.evaluation.offline.conftest import MODEL, Bench, evaluated_with, golden
from tests.evaluation.offline.model_server import ModelServer, model
from tests.stages import World

CASES, SECONDS_A_CALL = 40, 0.25
PATIENCE_SECONDS = 90  # the benchmark measures how long it takes; this only ends a hanging test

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def slow_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A model over HTTP that takes its time."""
    with model(seconds=SECONDS_A_CALL) as server:
        monkeypatch.setattr(connections, "names", lambda: [MODEL])
        monkeypatch.setattr(settings, "PROMPTCMS_CONNECTIONS", {MODEL: server.connection})
        yield server


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Callable[[Program], subprocess.Popen[bytes]]]:
    """Start a program of the product on the test's database with a file broker of its own."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "PROMPTCMS_VAR": str(tmp_path),
        "DATABASE_URL": database_url(),
        "PROMPTCMS_CONNECTIONS": json.dumps(settings.PROMPTCMS_CONNECTIONS),
    }

    def start(program: Program) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            program.command,
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(timeout=10)


def database_url() -> str:
    """The address of the database that this test runs on."""
    name = connection.settings_dict["NAME"]
    if settings.USES_SQLITE:
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def wait_until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until `holds`; return how long it took. Fails after `seconds`."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() < started + seconds, f"It did not happen in {seconds} s."
        time.sleep(0.1)
    return time.monotonic() - started


def test_a_run_whose_worker_is_killed_is_finished_by_the_next_and_no_case_counts_twice(
    slow_model: ModelServer, processes: Callable[[Program], subprocess.Popen[bytes]]
) -> None:
    shop = stages.world()
    run = queued_run(shop)
    processes(beat("warning"))
    first = processes(worker("warning"))
    wait_until(lambda: run.results.count() >= CASES // 2, 60)
    first.kill()
    first.wait(timeout=10)
    kept = set(run.results.values_list("output", flat=True))
    assert len(kept) < 2 * CASES
    processes(worker("warning"))
    took = wait_until(lambda: state_of(run) not in ("queued", "running"), PATIENCE_SECONDS)
    print(f"{len(kept)} of {2 * CASES} results kept; the rest took {took:.1f} s after the restart")
    assert run.results.count() == 2 * CASES
    # Only what was under way when it died is asked again; the model says its question back.
    times = Counter(f"{prompt} / {query}" for prompt, query in slow_model.asked)
    asked_again = {answer for answer, count in times.items() if count > 1}
    assert not asked_again & kept
    # Half as many are submitted ahead, and an answer keeps its place until it is written.
    assert len(asked_again) <= 1.5 * slow_model.connection["at_once"]
    assert Release.objects.get(version=run.version_id).state != Clearance.EVALUATING


def test_a_worker_that_is_asked_to_stop_finishes_its_open_calls_and_hands_the_rest_back(
    slow_model: ModelServer, processes: Callable[[Program], subprocess.Popen[bytes]]
) -> None:
    run = queued_run(stages.world())
    processes(beat("warning"))
    leaving = processes(worker("warning"))
    wait_until(lambda: run.results.count() >= 8, 60)
    leaving.terminate()
    leaving.wait(timeout=15)
    shard = run.shards.get()
    assert (shard.state, shard.attempts) == (RunShard.State.QUEUED, 0)
    assert run.results.count() == len(slow_model.asked) < 2 * CASES
    assert state_of(run) == Run.State.RUNNING


def test_a_worker_killed_while_judges_are_asked_loses_only_open_calls_even_with_its_queue(
    bench: Bench,
    processes: Callable[[Program], subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    ana = bench.shop.actor("ana")
    add_snapshot(bench.dataset, cases=golden(CASES), actor=ana, reason="More.")
    bench.server.seconds = SECONDS_A_CALL
    run = bench.queued()
    processes(beat("warning"))
    first = processes(worker("warning"))
    wait_until(lambda: run.judgements.count() >= CASES // 2, 60)
    first.kill()
    first.wait(timeout=10)
    for message in (tmp_path / "broker").rglob("*.msg"):
        message.unlink(missing_ok=True)
    answers = set(run.results.values_list("output", flat=True))
    scores = set(run.judgements.values_list("result__output", flat=True))
    open_calls = len(bench.server.asked) - len(answers) - len(scores)
    assert open_calls <= 1.5 * bench.server.connection["at_once"]
    processes(worker("warning"))
    took = wait_until(lambda: state_of(run) not in ("queued", "running"), PATIENCE_SECONDS)
    print(f"{len(answers)} answers and {len(scores)} scores kept; the rest took {took:.1f} s")
    assert run.state == Run.State.PASSED, run.reasons
    assert run.results.count() == run.judgements.count() == 2 * CASES
    assert run.calls == 4 * CASES
    assert len(bench.server.asked) == 4 * CASES + open_calls
    asked_twice = {f"{prompt} / {query}" for (prompt, query), n in _times(bench) if n > 1}
    assert not asked_twice & answers
    assert not {answer for answer, n in Counter(bench.judged).items() if n > 1} & scores


def _times(bench: Bench) -> Iterable[tuple[tuple[str, str], int]]:
    return Counter(bench.answered).items()


def queued_run(shop: World) -> Run:
    """A MINOR version whose run waits for a worker."""
    prompt = stages.prompt_named(shop)
    base = stages.in_production(shop, prompt)
    dataset = create_dataset(shop.project, name="Questions", actor=shop.actor("ana"))
    add_snapshot(dataset, cases=golden(CASES), actor=shop.actor("ana"), reason="")
    evaluated_with(shop, prompt, dataset)
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=base)
    submit(version, actor=shop.actor("ana"), reason="Try it.")
    return Run.objects.get(version=version)


def state_of(run: Run) -> str:
    run.refresh_from_db()
    return run.state
