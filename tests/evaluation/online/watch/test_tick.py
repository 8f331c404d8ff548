"""A look is a function of the roll-ups and the time: whoever looks, and however often."""

import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluation.online import tasks
from evaluation.online.intake.wake import LOOK
from evaluation.online.watch import tick as module
from evaluation.online.watch.tick import tick, tick_all
from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.domain.watching import Hours, Watching
from registry.projects.models import Membership
from registry.release.models import Rollout, Tick
from registry.release.planned import plan
from tests.evaluation.online.watch.ground import NOON, Calls, Story, report
from tests.stages import (
    MAJOR_TEXT,
    MINOR_TEXT,
    cleared,
    in_canary,
    in_production,
    prompt_named,
    saved,
    world,
)

pytestmark = pytest.mark.django_db


def queries_of_a_look(story: Story) -> int:
    with CaptureQueriesContext(connection) as seen:
        story.tick()
    return len(seen)


def test_the_queries_of_a_look_do_not_grow_with_segments_metrics_and_hours() -> None:
    story = Story(stages=((5, 60), (25, 60), (50, 6000))).begun()
    story.live(Calls(12), Calls(228))
    story.tick()  # makes its row
    few = queries_of_a_look(story)
    story.live()
    story.tick()
    story.live()
    story.tick()
    assert story.stands() == ("canary", 50, False)
    tones = {f"tone-{n}": 0.9 for n in range(5)}
    story.live(Calls(9500, custom=tones), Calls(9500, custom=tones), hours=20)
    story.tick()  # writes the pass of this step
    assert queries_of_a_look(story) <= few + 1
    assert few <= 20


def test_only_in_working_hours_of_the_project_s_zone_it_goes_on() -> None:
    hours = Watching(hours=Hours())
    story = Story(watching=hours, now=NOON + timedelta(hours=5)).begun()  # Monday, 17:00
    story.live()
    story.tick()
    assert story.stands() == ("canary", 5, False)
    seen = Tick.objects.get(rollout=story.rollout)
    assert seen.reasons[0].startswith("It goes on in working hours: Tuesday, 2026-03-03 09:00")
    story.wait(hours=14)
    story.live()
    story.tick()
    assert story.stands() == ("canary", 25, False)


def test_outside_of_them_it_still_goes_back() -> None:
    story = Story(watching=Watching(hours=Hours()), now=NOON + timedelta(hours=9)).begun()
    story.live(Calls(500, errors=100))
    story.tick()
    assert story.at().state == "rolled_back"


def test_looks_that_were_missed_change_no_decision() -> None:
    story = Story(stages=((5, 180), (50, 180))).begun()
    for _ in range(3):
        story.live()
        story.tick()
    assert story.stands() == ("canary", 50, False)
    story.live(hours=3)  # nobody looked for three hours
    story.tick()
    assert story.stands() == ("complete", 100, False)


def test_a_clock_of_its_own_is_for_sandboxes_only() -> None:
    shop = world()
    prompt = prompt_named(shop)
    in_production(shop, prompt)
    rollout = in_canary(shop, prompt)
    with pytest.raises(Refused, match="Only a sandbox project has a clock of its own"):
        tick(rollout.pk, now=database_now() + timedelta(days=30))
    with pytest.raises(Refused, match="Only a sandbox"):
        tick_all(database_now(), shop.project)
    with pytest.raises(CommandError, match="Only a sandbox"):
        call_command("watch", now="2030-01-01T00:00:00Z", project="shop")
    assert Rollout.objects.get(pk=rollout.pk).percent == rollout.percent


def test_a_process_whose_clock_is_two_days_ahead_moves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story(stages=((5, 120), (50, 60)), now=database_now() - timedelta(minutes=61)).begun()
    story.live()
    ahead, real = 2 * 86400.0, time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    monkeypatch.setattr(timezone, "now", lambda: database_now() + timedelta(seconds=ahead))
    tick_all()
    assert story.stands() == ("canary", 5, False)
    assert abs(Tick.objects.get(rollout=story.rollout).at - database_now()) < timedelta(minutes=1)


def test_one_rollout_that_cannot_be_looked_at_says_so_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story().begun()
    story.live()
    broken = story.at().pk
    shop = world("other", sandbox=True)
    prompt = prompt_named(shop, "other/prompt")
    in_production(shop, prompt)
    fine = in_canary(shop, prompt)
    look = module._look

    def sometimes(pk: int, now: object) -> object:
        if pk == broken:
            raise ZeroDivisionError
        return look(pk, now)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_look", sometimes)
    tick_all()
    assert Tick.objects.get(rollout=broken).answer == "error"
    assert Tick.objects.get(rollout=fine).answer != "error"
    assert story.stands() == ("canary", 5, False)


def test_a_hidden_project_is_left_alone() -> None:
    story = Story().begun()
    project = story.world.project
    project.hidden_at, project._change_reason = database_now(), "Left."
    project.save()
    assert tick_all() == 0
    assert not Tick.objects.filter(rollout=story.rollout).exists()


def test_an_error_of_the_new_version_wakes_the_watcher_but_not_twice_in_a_moment() -> None:
    story = Story(stages=((5, 600),), now=database_now() - timedelta(minutes=65)).begun()
    story.live(Calls(500, errors=0))
    tasks.look(story.at().pk)
    first = Tick.objects.get(rollout=story.rollout).at
    report(story.segment(), "treatment", Calls(300, errors=200), story.now)
    tasks.look(story.at().pk)
    assert Tick.objects.get(rollout=story.rollout).at == first
    Tick.objects.update(at=first - timedelta(seconds=10))
    tasks.look(story.at().pk)
    assert story.at().state == "rolled_back"
    assert tasks.look.name == LOOK


def test_what_went_back_is_fetched_to_see_that_it_is_back() -> None:
    story = Story().begun()
    story.live(Calls(500, errors=100))
    story.tick()
    event = Event.objects.get(action="rollback.read_back")
    assert event.actor_name == "watcher"
    assert event.reason.startswith("Serving 1.0.0 everywhere as of")
    ended = Event.objects.get(action="rollout.ended", actor_name="watcher")
    assert "Errors rose" in ended.reason


def test_the_minute_s_task_starts_what_was_planned() -> None:
    shop = world()
    prompt = prompt_named(shop)
    first = in_production(shop, prompt)
    version = cleared(shop, saved(shop, prompt, MINOR_TEXT, base=first))
    lea, now = shop.actor("lea"), database_now()
    plan(
        version,
        actor=lea,
        reason="At night.",
        now=now - timedelta(hours=2),
        not_before=now - timedelta(hours=1),
    )
    tasks.tick()
    rollout = Rollout.objects.get(version=version)
    assert rollout.attended_because.startswith("Nobody reports")
    tasks.tick()
    assert Rollout.objects.filter(version=version).count() == 1


def test_each_task_is_on_the_timer_and_falls_away_when_no_worker_runs() -> None:
    schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    timed = {entry["task"]: entry for entry in schedule.values()}
    for task in (tasks.tick, tasks.forget, tasks.judge_samples):
        entry = timed[task.name]
        assert entry["options"]["expires"] <= entry["schedule"]
    assert timed[tasks.tick.name]["schedule"] == 60.0


def test_the_command_looks_once_and_says_what_it_saw() -> None:
    story = Story().begun()
    story.live(Calls(500, errors=100))
    said = StringIO()
    call_command("watch", now=story.now.isoformat(), project="shop", stdout=said)
    assert "support/system 1.1.0, rolled back at 0 %: fail. Errors rose" in said.getvalue()
    with pytest.raises(CommandError, match="Write the time with its zone"):
        call_command("watch", now="yesterday", project="shop")
    with pytest.raises(CommandError, match="There is no project"):
        call_command("watch", project="nowhere")


def test_a_step_that_is_refused_is_said_and_leaves_no_verdict() -> None:
    story = Story(risk="MAJOR")
    story.traffic()
    base = story.segment().control
    version = cleared(story.world, saved(story.world, story.prompt, MAJOR_TEXT, base=base))
    story.start(version, percent=5, attended=False)
    story.live()
    Membership.objects.filter(person=story.world.person("rui")).delete()
    story.tick()
    assert story.stands() == ("canary", 5, False)
    assert "no longer holds the right to sign" in Tick.objects.get(rollout=story.rollout).reasons[0]
    assert story.verdicts() == []
