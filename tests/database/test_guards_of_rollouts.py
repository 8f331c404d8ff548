"""What the database keeps of rollouts on live traffic, against the ORM, bulk writes and SQL."""

from datetime import timedelta
from typing import Any

import pytest

from evaluation.online.models import Watch
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.prompts.models import Version
from registry.release.ab import start_ab
from registry.release.models import PlannedStart
from registry.release.verdicts import record_verdict
from tests import stages
from tests.database.test_guards import WAYS, Change, refuses
from tests.stages import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def first(shop: World) -> Version:
    """What production serves."""
    return stages.in_production(shop, stages.prompt_named(shop))


def now_of(row: Any) -> Any:
    """The row as the database has it."""
    return type(row).objects.get(pk=row.pk)


@WAYS
def test_a_rollout_that_failed_on_live_traffic_is_only_rolled_back(
    shop: World, first: Version, change: Change
) -> None:
    running = stages.in_canary(shop, first.prompt)
    words = {"outcome": "fail", "reasons": ["Errors."], "actor": Actor.system("watcher")}
    segment = running.segments.get(ended_at=None)
    record_verdict(running.version, kind="watch", **words, segment=segment)
    change(running, percent=25)  # an alarm about production latches nothing
    record_verdict(running.version, kind="canary", **words, segment=segment)
    for fields in ({"percent": 50}, {"state": "complete", "percent": 100}):
        refuses(lambda fields=fields: change(running, **fields), "has failed on live traffic")
    change(running, state="rolled_back", percent=0)
    assert now_of(running).state == "rolled_back"


@WAYS
def test_an_ab_test_never_completes(shop: World, first: Version, change: Change) -> None:
    other = stages.cleared(shop, stages.saved(shop, first.prompt, stages.MINOR_TEXT, base=first))
    words = {"actor": shop.actor("lea"), "reason": "Look.", "now": database_now()}
    test = start_ab(other, percent=40, **words)
    refuses(lambda: change(test, state="complete", percent=100), "ships nothing")
    refuses(lambda: change(test, kind="ship"), "A rollout")
    change(test, state="rolled_back", percent=0)
    assert now_of(test).state == "rolled_back"


@WAYS
def test_a_planned_start_keeps_what_was_planned_and_ends_once(
    shop: World, first: Version, change: Change
) -> None:
    now = database_now()
    lea, ana = shop.person("lea"), shop.person("ana")
    row = PlannedStart.objects.create(
        prompt=first.prompt, version=first, reason="Later.", planned_by=lea, planned_at=now
    )
    for fields in ({"planned_by": ana}, {"percent": 50}, {"not_before": now + timedelta(days=1)}):
        refuses(lambda fields=fields: change(row, **fields), "A planned start")
    change(row, state="refused", ended_at=now, answer="It is stale.")
    refuses(lambda: change(row, state="waiting"), "stays as it ended")
    assert now_of(row).state == "refused"


@WAYS
def test_a_watch_keeps_its_guardrails_and_its_bound_once_it_has_one(
    shop: World, first: Version, change: Change
) -> None:
    running = stages.in_canary(shop, first.prompt)
    watch = Watch.objects.create(
        rollout=running, guardrails=[{"metric": "error"}], started_at=database_now()
    )
    refuses(lambda: change(watch, guardrails="[]"), "A watch")
    change(watch, slow_over=1200.0)
    refuses(lambda: change(watch, slow_over=9000.0), "fixed once for a rollout")
    refuses(Watch.objects.filter(pk=watch.pk).delete, "A watch")
    assert now_of(watch).slow_over == 1200.0
