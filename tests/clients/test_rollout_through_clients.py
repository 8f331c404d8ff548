"""Whole rollouts as an application lives them: our client, the simulated model, the watcher."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.clients.application import FIRST, HARMFUL, HARMLESS, Application
from tests.clients.server import Server
from tests.processes.product import wait_until
from tests.source import ROOT

pytestmark = pytest.mark.slow

sys.path.insert(0, str(ROOT / "promptcms/clients/python"))

REFRESH = 0.5  # seconds
CALLS = 600  # between two looks of the watcher
LOOKS = 8

GROUND = """
from dataclasses import replace
from registry.domain.policy import Plan, Policy, Stage
from registry.domain.semver import Risk
from registry.projects.policies import change_policy
live = stages.world("live", sandbox=True)
policy = Policy.default("team", sandbox=True)
minor = replace(policy.risks[Risk.MINOR], plan=Plan(0, (Stage(25, 1), Stage(50, 1))))
change_policy(
    live.project,
    policy=replace(policy, risks={**policy.risks, Risk.MINOR: minor}),
    actor=live.actor("ada"),
    reason="Minutes that a test can wait for.",
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
rollout = start_rollout(
    version,
    actor=live.actor("lea"),
    reason="Go.",
    now=database_now(),
    percent=25,
    attended=False,  # its minutes are too few to propose that, but not its calls
)
result = rollout.mode
"""
LOOK = """
from io import StringIO
from django.core.management import call_command
from registry.release.models import Rollout
said = StringIO()
call_command("watch", now={now!r}, project="live", stdout=said)
seen = Rollout.objects.select_related("tick").get(prompt__name={name!r}, pk__gt={after})
result = {{"state": seen.state, "percent": seen.percent, "ended_as": seen.ended_as,
          "held": seen.held_reason, "says": seen.tick.answer, "why": seen.tick.reasons[0],
          "said": said.getvalue()}}
"""
NEWEST = """
from registry.release.models import Rollout
result = Rollout.objects.order_by("-pk").values_list("pk", flat=True).first()
"""


class Clock:
    """The watcher's clock: each look is a minute after the one before, and never behind ours."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def next(self) -> str:
        self._now = max(self._now + timedelta(seconds=61), datetime.now(UTC))
        return self._now.isoformat()


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    """A project whose rollouts take minutes, and the key of its application."""
    return str(server.run(GROUND))


@pytest.fixture
def client(server: Server, key: str) -> Iterator[Any]:
    from promptcms_client import Client

    with Client(server.url, key, refresh=REFRESH, timeout=10, sample_share=0.2) as client:
        yield client


def roll_out(server: Server, app: Application, text: str, clock: Clock) -> list[dict[str, Any]]:
    """Start a version and let the watcher look, with calls in between, until it is over."""
    after = server.run(NEWEST)
    assert server.run(START.format(name=app.name, text=text)) == "measured"
    seen: list[dict[str, Any]] = []
    while len(seen) < LOOKS and (not seen or seen[-1]["state"] == "canary"):
        time.sleep(2 * REFRESH)  # as long as the client takes to hear of the step
        app.answers(CALLS)
        assert app.client.flush(30) == 0
        look = LOOK.format(now=clock.next(), name=app.name, after=after)
        seen.append(server.run(look))
    return seen


def started(server: Server, client: Any, name: str) -> Application:
    """Put the first version into production and let it have some traffic."""
    name = f"{name}-{uuid4().hex[:8]}"
    server.run(PRODUCTION.format(name=name, text=FIRST))
    app = Application(client, name)
    app.answers(CALLS)
    assert client.flush(30) == 0
    assert set(app.variants) == {"control"}
    return app


def test_a_harmless_version_goes_step_by_step_to_everyone(server: Server, client: Any) -> None:
    app = started(server, client, "harmless")
    seen = roll_out(server, app, HARMLESS, Clock())
    assert seen[-1]["state"] == "complete", seen
    assert [look["percent"] for look in seen if look["state"] == "canary"][-1] == 50
    assert "treatment" in app.variants
    wait_until(lambda: client.get_prompt(app.name).rollout is None, 5)
    assert {client.get_prompt(app.name, unit=str(n)).version for n in range(50)} == {"1.1.0"}
    assert app.faults == []
    assert client.dropped == 0


def test_a_harmful_version_is_taken_back_and_the_application_gets_the_old_one_at_once(
    server: Server, client: Any
) -> None:
    app = started(server, client, "harmful")
    seen = roll_out(server, app, HARMFUL, Clock())
    rolled_back = time.monotonic()
    assert (seen[-1]["state"], seen[-1]["ended_as"]) == ("rolled_back", "regressed"), seen
    assert "relevance" in seen[-1]["why"].lower()
    assert "treatment" in app.variants
    wait_until(lambda: client.get_prompt(app.name).rollout is None, 5)
    assert time.monotonic() - rolled_back < REFRESH + 2
    before = len(app.variants)
    app.answers(200)
    assert set(app.variants[before:]) == {"control"}
    assert {client.get_prompt(app.name, unit=str(n)).version for n in range(50)} == {"1.0.0"}
    assert app.faults == []
    assert client.dropped == 0
