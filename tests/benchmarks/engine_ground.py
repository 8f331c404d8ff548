"""Ground for measuring the engine: a database, a queue, a model server, real Celery workers."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptcms.processes.lifeline import dies_with_parent
from promptcms.processes.programs import beat, worker

if TYPE_CHECKING:
    from evaluation.offline.models import Run

ROOT = Path(__file__).resolve().parent.parent.parent
AT_ONCE = 50
FREE, METERED = "free", "metered"  # two ways to the same server
RATE = 100  # requests a second of the metered one
IDLE_SECONDS = 1.5  # so long a worker that is up does next to nothing
TICK = os.sysconf("SC_CLK_TCK")
CONTEXT = "Orders leave the warehouse within a day and arrive two days later. " * 8


@dataclass
class Worker:
    """One worker process, and what it used so far."""

    process: subprocess.Popen[bytes]

    @property
    def cpu(self) -> float:
        """Seconds of CPU."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICK

    @property
    def peak(self) -> float:
        """Megabytes at most since the last `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(x.split()[1]) / 1024 for x in status.splitlines() if x.startswith("VmHWM"))

    def forget_peak(self) -> None:
        """Begin anew to watch the memory."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")


@dataclass
class Ground:
    """Everything that runs. Made by `ground`, gone with its stack."""

    model: str
    stack: ExitStack
    workers: list[Worker] = field(default_factory=list)

    def behave(self, **changes: Any) -> None:
        """Let the model answer in another way, and count from nothing."""
        request = urllib.request.Request(f"{self.model}/behave", json.dumps(changes).encode())
        urllib.request.urlopen(request, timeout=10).close()

    def counts(self) -> dict[str, int]:
        """Return what the model did since."""
        with urllib.request.urlopen(f"{self.model}/counts", timeout=10) as response:
            found: dict[str, int] = json.load(response)
        return found

    def start_worker(self) -> Worker:
        """Start a Celery worker as the product does, and wait until it is up and idle."""
        started = Worker(self._process(worker("warning").command))
        self.workers.append(started)
        used, since = 0.0, time.monotonic()
        while used < 0.5 or time.monotonic() < since + IDLE_SECONDS:
            if started.cpu > used + 2 / TICK:  # a tick of the timer takes less
                used, since = started.cpu, time.monotonic()
            time.sleep(0.05)
        return started

    def kill(self, worker: Worker) -> None:
        """End a worker as a power cut would."""
        self.workers.remove(worker)
        worker.process.kill()
        worker.process.wait(timeout=10)

    def start_beat(self) -> None:
        """Start the timer."""
        self._process(beat("warning").command)

    def _process(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("BENCHMARK_LOGS") else subprocess.DEVNULL,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )
        self.stack.callback(process.wait, 10)
        self.stack.callback(process.kill)
        return process


def ground(stack: ExitStack, folder: Path, *, postgresql: bool) -> Ground:
    """Start servers in `folder`, set the environment and Django up on them, migrate."""
    from tests import services

    port = services.free_port()
    url = f"http://127.0.0.1:{port}"
    way = {"base_url": f"{url}/v1", "models": ["mock"], "at_once": AT_ONCE}
    way["prices"] = {"mock": {"input": 0.15, "output": 0.6}}
    ways = {FREE: way, METERED: {**way, "requests_per_minute": RATE * 60}}
    os.environ |= {
        "PROMPTCMS_VAR": str(folder),
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "promptcms.settings",
        "PROMPTCMS_CONNECTIONS": json.dumps(ways),
        "PYTHONWARNINGS": "ignore",
    }
    if postgresql:
        os.environ["DATABASE_URL"] = stack.enter_context(services.postgresql(folder / "postgresql"))
        os.environ["REDIS_URL"] = stack.enter_context(services.redis_server(folder / "redis"))
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    found = Ground(url, stack)
    found._process((sys.executable, "-m", "tests.benchmarks.mock_models", str(port)))
    wait_until(lambda: _answers(found), 20)
    return found


def _answers(ground: Ground) -> bool:
    try:
        return bool(ground.counts())
    except OSError:
        return False


class Shop:
    """A project with a prompt for each way to the model and number of cases."""

    def __init__(self) -> None:
        from tests import stages

        self.world = stages.world()
        self._asked = 0
        self._prompts: dict[tuple[str, int], Any] = {}
        self._judges: dict[str, Any] = {}

    def run(self, cases: int, way: str) -> "Run":
        """Queue a run of `cases` × (answer + score) and wake the workers."""
        from evaluation.offline.candidates import submit_candidate
        from registry.domain.semver import Risk
        from tests import stages

        self._asked += 1
        text = f"You answer for {{{{company}}}}, politely. This is text {self._asked}."
        return submit_candidate(
            self._prompt(cases, way),
            stages.text(text),
            actor=self.world.actor("ana"),
            reason="To measure.",
            repeat=1,
            risk=Risk.MINOR,
        )

    def _prompt(self, cases: int, way: str) -> Any:
        from evaluation.offline.cases import NewCase
        from evaluation.offline.datasets import add_snapshot, create_dataset
        from evaluation.offline.suites import set_suite
        from tests import stages

        if (way, cases) in self._prompts:
            return self._prompts[way, cases]
        ana = self.world.actor("ana")
        prompt = stages.prompt_named(self.world, f"shop/{way}-{cases}")
        dataset = create_dataset(self.world.project, name=f"{way} {cases}", actor=ana)
        golden = [
            NewCase(
                f"q{n:05}",
                query=f"Where is order {n}?",
                inputs={"company": "Northwind"},
                context=(CONTEXT,),
            )
            for n in range(cases)
        ]
        add_snapshot(dataset, cases=golden, actor=ana, reason="To measure.")
        set_suite(
            prompt,
            dataset=dataset,
            checks=[{"type": "not_empty"}, {"type": "contains", "value": "order"}],
            connection=way,
            judges=[{"version": self._judge(way).pk, "gating": True}],
            budget={"max_calls": 100_000},
            actor=ana,
            reason="To measure.",
        )
        self._prompts[way, cases] = prompt
        return prompt

    def _judge(self, way: str) -> Any:
        from evaluation.offline.judging.create import JudgeText, create_judge

        if way not in self._judges:
            self._judges[way] = create_judge(
                self.world.project,
                name=f"faithful-{way}",
                kind="faithfulness",
                text=JudgeText(connection=way, model="mock"),
                actor=self.world.actor("ana"),
                reason="To measure.",
            )
        return self._judges[way]


def wait_until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until `holds`; return the seconds. Raises TimeoutError."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() > started + seconds:
            raise TimeoutError(f"It did not happen in {seconds} s.")
        time.sleep(0.02)
    return time.monotonic() - started
