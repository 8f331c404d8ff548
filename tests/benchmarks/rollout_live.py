"""How soon a harmful version is gone: web, worker, beat and two applications, all as they run.

Run it from the project's folder: `python -m tests.benchmarks.rollout_live [calls a second]`.
Times count from the first harmful call, so before there is any evidence. The goal, 90 s, counts
from the evidence; what is asked of the clients is that nobody gets the version any more.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from promptcms.processes.programs import beat, worker
from tests.clients.application import FIRST, HARMFUL, HARMLESS, Application
from tests.clients.server import Server, running
from tests.source import ROOT

sys.path.insert(0, str(ROOT / "promptcms" / "clients" / "python"))

from promptcms_client import Client

REFRESH = 10.0  # seconds: the clients' default
TRAFFIC_BEFORE = 15.0  # seconds
LONGEST = 240.0
APPLICATIONS = 2

GROUND = """
from dataclasses import replace
from registry.domain.policy import Plan, Policy, Stage
from registry.domain.semver import Risk
from registry.projects.policies import change_policy
live = stages.world("live", sandbox=True)
policy = Policy.default("team", sandbox=True)
minor = replace(policy.risks[Risk.MINOR], plan=Plan(0, (Stage(25, 600), Stage(50, 600))))
change_policy(
    live.project,
    policy=replace(policy, risks={**policy.risks, Risk.MINOR: minor}),
    actor=live.actor("ada"),
    reason="One long step.",
)
result = stages.key(live, "read", "ingest").secret
"""
PRODUCTION = "stages.in_production(live, stages.prompt_named(live, {name!r}), {text!r})"
START = """
from evaluation.online.start import start_rollout
from registry.audit.clock import database_now
from registry.release.labels import version_at
base = version_at(prompt({name!r}), "production")
version = stages.cleared(live, stages.saved(live, prompt({name!r}), {text!r}, base=base))
start_rollout(
    version, actor=live.actor("lea"), reason="Go.", now=database_now(), percent=25, attended=False
)
"""
ENDED = """
from registry.release.models import Rollout
found = Rollout.objects.select_related("tick").filter(prompt__name={name!r}).order_by("-pk").first()
tick = getattr(found, "tick", None)
result = [found.state, found.ended_at and found.ended_at.timestamp(), tick and tick.reasons[0]]
"""


@dataclass
class Seen:
    """When the new version was first and last served, as seconds since the epoch; and how often."""

    first: float = 0.0
    last: float = 0.0
    calls: int = 0


class Watched(Application):
    """An application that remembers when it was served the new version."""

    def __init__(self, client: Any, name: str, seen: Seen) -> None:
        super().__init__(client, name)
        self.seen = seen

    def answer(self) -> str:
        """Answer a customer."""
        variant = super().answer()
        if variant == "treatment":
            self.seen.first = self.seen.first or time.time()
            self.seen.last = time.time()
            self.seen.calls += 1
        return variant


def main() -> None:
    """Measure a version that fails and one that answers worse; print a row for each."""
    rate = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    print(f"{APPLICATIONS} applications, {rate:g} calls a second in all, 25 % of them new")
    print("seconds since the first harmful call".ljust(46) + "took back  last served  calls")
    with running() as server, processes(server):
        key = server.run(GROUND)
        for name, text, breaks in (("fails", HARMLESS, True), ("answers worse", HARMFUL, False)):
            measure(server, key, name, text, breaks=breaks, rate=rate)


def measure(server: Server, key: str, title: str, text: str, *, breaks: bool, rate: float) -> None:
    """Roll out `text` under traffic until it is taken back; print how long that took."""
    name = title.replace(" ", "-")
    server.run(PRODUCTION.format(name=name, text=FIRST))
    seen, stop = Seen(), threading.Event()
    clients = [Client(server.url, key, refresh=REFRESH) for _ in range(APPLICATIONS)]
    apps = [Watched(client, name, seen) for client in clients]
    for number, app in enumerate(apps):
        app.numbers = iter(range(number * 10**6 + 1, 2 * 10**6))
        app.breaks = breaks
    pause = APPLICATIONS / rate
    threads = [threading.Thread(target=app.run_until, args=(stop, pause)) for app in apps]
    for thread in threads:
        thread.start()
    time.sleep(TRAFFIC_BEFORE)
    server.run(START.format(name=name, text=text))
    started = time.monotonic()
    state, ended, why = "canary", None, ""
    while state == "canary" and time.monotonic() - started < LONGEST:
        time.sleep(0.5)
        state, ended, why = server.run(ENDED.format(name=name))
    time.sleep(REFRESH + 2)
    stop.set()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    faults = [fault for app in apps for fault in app.faults]
    back = f"{ended - seen.first:9.1f}" if ended else "    never"
    print(f"{title:46}{back}{seen.last - seen.first:13.1f}{seen.calls:7}", flush=True)
    print(f"  {state}: {why}; {len(faults)} faults in the applications", flush=True)


@contextmanager
def processes(server: Server) -> Iterator[None]:
    """Run a worker and beat beside the web server."""
    with (server.var / "celery.log").open("w") as log:
        run = [
            subprocess.Popen(
                program.command, env=server.environment(), cwd=ROOT, stdout=log, stderr=log
            )
            for program in (worker("warning"), beat("warning"))
        ]
        try:
            yield
        finally:
            for process in run:
                process.terminate()
            for process in run:
                process.wait(timeout=40)


if __name__ == "__main__":
    main()
