"""A rollout whose worker and beat are killed on its way: what is decided stays the same."""

import json
import random
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from promptcms.processes.child import Program
from promptcms.processes.lifeline import dies_with_parent
from promptcms.processes.programs import beat, worker
from tests.clients.server import Server, running
from tests.processes.product import wait_until
from tests.source import ROOT

pytestmark = pytest.mark.slow

NAME = "support/surviving"
HASTY = {"DJANGO_SETTINGS_MODULE": "tests.processes.hasty"}
CHANCE = random.Random(6)
CALLS = 900  # of a batch
START = """
from dataclasses import replace
from datetime import timedelta
from evaluation.online.start import start_rollout
from registry.audit.clock import database_now
from registry.domain.policy import Plan, Policy, Stage
from registry.domain.semver import Risk
from registry.projects.policies import change_policy
live = stages.world("live", sandbox=True)
policy = Policy.default("team", sandbox=True)
minor = replace(policy.risks[Risk.MINOR], plan=Plan(0, (Stage(25, 1), Stage(50, 600))))
change_policy(
    live.project,
    policy=replace(policy, risks={{**policy.risks, Risk.MINOR: minor}}),
    actor=live.actor("ada"),
    reason="A minute, then long enough to be looked at.",
)
base = stages.in_production(live, stages.prompt_named(live, {name!r}))
version = stages.cleared(live, stages.saved(live, base.prompt, stages.MINOR_TEXT, base=base))
rollout = start_rollout(
    version,
    actor=live.actor("lea"),
    reason="Go.",
    now=database_now() - timedelta(minutes=1),  # so that only evidence is missing
    percent=25,
    attended=False,
)
result = {{"id": rollout.pk, "key": stages.key(live, "read", "ingest").secret}}
"""
SEEN = """
from registry.audit.models import Event
from registry.audit.verify import verify
from registry.release.labels import version_at
from registry.release.models import Rollout, Segment, Tick, Verdict
rollout = Rollout.objects.get(pk={id})
verdicts = Verdict.objects.filter(rollout=rollout).order_by("pk")
steps = Segment.objects.filter(rollout=rollout, percent__gt=0).order_by("pk")
looked = Tick.objects.filter(rollout=rollout).values_list("at", flat=True).first()
moves = Event.objects.filter(project=rollout.prompt.project, actor_name="watcher")
moves = moves.filter(action__in=["rollout.advanced", "rollout.ended", "rollout.held"])
result = {{
    "state": rollout.state,
    "percent": rollout.percent,
    "looked": looked.timestamp() if looked else 0,
    "serves": version_at(rollout.prompt, "production").semver,
    "verdicts": list(verdicts.values_list("segment__percent", "outcome")),
    "steps": list(steps.values_list("percent", flat=True)),
    "open": Segment.objects.filter(prompt=rollout.prompt, ended_at=None).count(),
    "moves": list(moves.order_by("pk").values_list("action", flat=True)),
    "tampered": [str(fault) for fault in verify()],
}}
"""


def test_killing_worker_and_beat_on_the_way_changes_no_decision(ground: Path) -> None:
    with running(ground) as server, watching(server) as processes:
        app = Reporting(server)
        wait_until(lambda: app.seen()["looked"] > 0)  # worker and beat are both at work
        kill(processes, "worker")
        before = app.seen()
        for _ in range(3):
            app.report()
        assert app.seen() == before  # the evidence is there, and nobody looks
        start(processes, server, worker("warning"))
        wait_until(lambda: app.seen()["percent"] == 50)
        kill(processes, "beat")
        app.report(failing=0.4)
        start(processes, server, beat("warning"))
        wait_until(lambda: app.seen()["state"] == "rolled_back")
        seen = app.seen()
    assert seen["steps"] == [25, 50]
    assert seen["verdicts"] == [[25, "pass"], [50, "fail"]]
    assert seen["moves"] == ["rollout.advanced", "rollout.ended"]
    assert seen["serves"] == "1.0.0"
    assert (seen["open"], seen["tampered"]) == (1, [])


class Reporting:
    """An application in the sandbox project `live`, whose prompt is being rolled out."""

    def __init__(self, server: Server) -> None:
        self.server = server
        begun = server.run(START.format(name=NAME))
        self.rollout, self.key = begun["id"], begun["key"]

    def seen(self) -> dict[str, Any]:
        """Return what the database holds of the rollout."""
        found: dict[str, Any] = self.server.run(SEEN.format(id=self.rollout))
        return found

    def report(self, failing: float = 0.0) -> None:
        """Fetch, then tell twice of the same calls; `failing` is the new version's share."""
        served = self._ask(f"prompts/{NAME}?label=production")
        calls = [self._call(served, CHANCE.randrange(10_000), failing) for _ in range(CALLS)]
        assert self._ask("observations", {"observations": calls})["taken"] == CALLS
        assert self._ask("observations", {"observations": calls})["again"] == CALLS

    def _call(self, served: dict[str, Any], bucket: int, failing: float) -> dict[str, Any]:
        rollout = served["rollout"]
        treated = bucket < rollout["percent"] * 100
        return {
            "id": f"{CHANCE.getrandbits(64):x}",
            "ts": datetime.now(UTC).isoformat(),
            "prompt": NAME,
            "version": rollout["treatment"]["version"] if treated else served["version"],
            "label": "production",
            "rollout": rollout["id"],
            "epoch": rollout["epoch"],
            "bucket": bucket,
            "error": treated and CHANCE.random() < failing,
            "latency_ms": CHANCE.uniform(400, 600),
        }

    def _ask(self, path: str, body: object = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.server.url}/api/v1/{path}",
            json.dumps(body).encode() if body else None,
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
            return answer


Processes = dict[str, subprocess.Popen[bytes]]


@contextmanager
def watching(server: Server) -> Iterator[Processes]:
    """Run a worker and beat; what runs at the end is stopped."""
    processes: Processes = {}
    try:
        for program in (worker("warning"), beat("warning")):
            start(processes, server, program)
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.wait(timeout=40)


def start(processes: Processes, server: Server, program: Program) -> None:
    """Start a program as production runs it, but with a hasty timer."""
    with (server.var / f"{program.name}.log").open("a") as log:
        processes[program.name] = subprocess.Popen(
            program.command,
            env={**server.environment(), **HASTY},
            cwd=ROOT,
            stdout=log,
            stderr=log,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )


def kill(processes: Processes, name: str) -> None:
    """End a process as the kernel does that is out of memory: it cannot tidy up."""
    process = processes.pop(name)
    process.kill()
    process.wait(timeout=40)
