"""The replay: rollouts told on a clock of their own, through the functions that people use."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from evaluation.online.models import IntakeCount, Rollup
from evaluation.online.replay.play import Told, play
from evaluation.online.replay.stories import STORIES
from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.projects.models import Person, Project
from registry.release.labels import version_at
from registry.release.models import Rollout, Segment, Verdict
from tests.stages import in_canary, in_production, prompt_named, world

HARMLESS, HARMFUL, SILENT, ATTENDED = STORIES


def told(*stories: object) -> list[Told]:
    return play("replay", now=database_now(), say=lambda words: None, stories=stories)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_silent_rollout_is_held_and_an_attended_one_clicked_through() -> None:
    silent, attended = told(replace(SILENT, calls=400), ATTENDED)
    assert (silent.rollout.state, silent.rollout.mode) == ("canary", "measured")
    assert "No calls have been reported for" in silent.rollout.held_reason
    assert version_at(silent.scene.prompt, "production") == silent.scene.old
    assert (attended.rollout.state, attended.rollout.mode) == ("complete", "attended")
    assert version_at(attended.scene.prompt, "production") == attended.scene.new
    clicks = Event.objects.filter(action="rollout.advanced", actor__username="replay-lea")
    assert clicks.count() == 3
    unmeasured = Verdict.objects.filter(rollout=attended.rollout, pins__unmeasured=True)
    assert unmeasured.count() >= 3


@pytest.mark.django_db
def test_all_of_it_lies_in_the_past_in_a_sandbox_and_no_other_project_is_touched() -> None:
    shop = world()
    prompt = prompt_named(shop)
    in_production(shop, prompt)
    theirs = in_canary(shop, prompt)
    told(ATTENDED)
    project = Project.objects.get(slug="replay")
    assert project.sandbox
    assert project.hidden_at is None
    now = database_now()
    for row in Segment.objects.filter(prompt__project=project):
        assert now - timedelta(hours=20) < row.started_at <= now
    assert not Rollup.objects.filter(start__gt=now).exists()
    assert not hasattr(Rollout.objects.get(pk=theirs.pk), "tick")
    assert not Person.objects.get(username="replay-lea").has_usable_password()
    refused = IntakeCount.objects.filter(project=project).exclude(outcome="taken")
    assert list(refused) == []
    with pytest.raises(CommandError, match="Name another one with --project"):
        call_command("replay", stdout=StringIO())


@pytest.mark.slow
@pytest.mark.django_db
def test_the_four_rollouts_come_to_what_they_promise_and_their_pages_are_named() -> None:
    said = StringIO()
    call_command("replay", stdout=said)
    rollouts = {r.prompt.name: r for r in Rollout.objects.filter(version__minor=1)}
    states = {name: (r.state, r.percent) for name, r in rollouts.items()}
    assert states == {
        "replies/shipping": ("complete", 100),
        "replies/returns": ("rolled_back", 0),
        "replies/invoices": ("canary", 5),
        "replies/warranty": ("complete", 100),
    }
    shares = Segment.objects.filter(rollout=rollouts["replies/shipping"]).order_by("pk")
    assert list(shares.values_list("percent", flat=True)) == [0, 5, 25, 50]
    failed = Verdict.objects.get(rollout=rollouts["replies/returns"], outcome="fail")
    assert failed.evidence["metrics"]
    assert rollouts["replies/invoices"].held_reason
    for name, rollout in rollouts.items():
        assert f"/projects/replay/prompts/{name}/rollouts/{rollout.pk}" in said.getvalue()
