"""Staging before any customer: its calls, or the golden cases where there are few."""

import pytest

from evaluation.domain.watch.answer import Says
from evaluation.offline.candidates import submit_candidate
from evaluation.offline.models import Run, RunShard
from evaluation.offline.run import work
from evaluation.online.start import start_rollout
from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.release.models import Release, Verdict
from registry.release.rollout import advance
from tests.evaluation.online.watch.ground import Calls, Story
from tests.stages import (
    FIRST_TEXT,
    MAJOR_TEXT,
    MINOR_TEXT,
    PATCH_TEXT,
    approved,
    cleared,
    evaluated,
    in_review_or_cleared,
    key,
    saved,
    text,
    with_suite,
)

pytestmark = pytest.mark.django_db

SOAK = 120


def soaking(**policy: object) -> Story:
    return Story(soak=SOAK, **policy).begun()  # type: ignore[arg-type]


def with_golden_cases() -> Story:
    """Return a story whose new version has passed its golden cases and soaks."""
    story = Story(soak=SOAK)
    with_suite(story.world, story.prompt)
    story.traffic()
    base = story.segment().control
    version = evaluated(story.world, saved(story.world, story.prompt, MINOR_TEXT, base=base))
    story.start(version, percent=5, attended=False)
    return story


def run_what_is_queued() -> int:
    shards = list(RunShard.objects.filter(state=RunShard.State.QUEUED))
    for shard in shards:
        work(shard.pk)
    return len(shards)


def test_a_sound_staging_goes_on_when_its_hours_are_over() -> None:
    story = soaking()
    story.wait(hours=1)
    story.staging(Calls(120))
    answer = story.tick()
    assert answer is not None
    assert answer.says is Says.PASS
    assert story.stands() == ("soaking", 0, False)
    story.wait(hours=1)
    story.staging(Calls(120))
    story.tick()
    assert story.stands() == ("canary", 5, False)
    assert story.verdicts("soak") == ["pass", "pass"]  # when it changed, and before the step


def test_a_failing_staging_gives_the_label_back_and_blocks() -> None:
    story = soaking()
    assert story.serves("staging") == "1.1.0"
    story.wait(hours=1)
    story.staging(Calls(120, errors=60))
    story.tick()
    assert story.at().state == "rolled_back"
    assert story.serves("staging") == "1.0.0"
    assert story.verdicts("soak") == ["fail"]
    lea, rollout = story.world.actor("lea"), story.at()
    with pytest.raises(Refused, match="is over"):
        advance(
            rollout, expected_epoch=rollout.epoch, actor=lea, reason="All the same.", now=story.now
        )
    with pytest.raises(Refused, match="why it may go out again"):
        start_rollout(rollout.version, actor=lea, reason="", now=story.now)


def test_a_quiet_staging_is_no_reason_to_hold_before_its_hours_are_over() -> None:
    story = soaking()
    story.wait(hours=1)
    story.staging(Calls(12))
    answer = story.tick()
    assert answer is not None
    assert answer.reasons == ("12 of 50 calls came in on staging; it soaks on.",)
    assert story.stands() == ("soaking", 0, False)


def test_with_few_calls_the_golden_cases_are_asked_once_more_and_their_pass_is_the_soaks() -> None:
    story = with_golden_cases()
    story.wait(hours=2)
    story.tick()
    assert story.stands() == ("soaking", 0, False)
    story.tick()
    assert Run.objects.filter(candidate__isnull=False).count() == 1  # once, however often asked
    assert run_what_is_queued() == 1
    story.tick()
    assert story.stands() == ("canary", 5, False)
    verdict = Verdict.objects.get(rollout=story.rollout, kind="soak", outcome="pass")
    assert "golden cases, asked once more" in verdict.reasons[0]


def test_golden_cases_that_fail_then_end_the_soak() -> None:
    story = with_golden_cases()
    story.wait(hours=2)
    story.tick()
    Run.objects.filter(candidate__isnull=False).update(state="failed", reasons=["Two cases fail."])
    story.tick()
    assert story.at().state == "rolled_back"
    assert story.serves("staging") == "1.0.0"


def test_with_few_calls_and_no_golden_cases_a_person_decides() -> None:
    story = soaking()
    story.wait(hours=2)
    story.tick()
    assert story.stands() == ("soaking", 0, True)
    assert "Nobody has chosen golden cases" in story.at().held_reason


def test_a_major_in_review_soaks_but_does_not_go_on_until_it_is_approved() -> None:
    story = Story(risk="MAJOR", soak=SOAK)
    story.traffic()
    base = story.segment().control
    version = saved(story.world, story.prompt, MAJOR_TEXT, base=base)
    in_review_or_cleared(story.world, version)
    story.start(version, percent=5, attended=False)
    story.wait(hours=2)
    story.staging(Calls(200))
    story.tick()
    assert story.stands() == ("soaking", 0, False)
    approved(story.world, version)
    assert Release.objects.get(version=version).state == "cleared"
    story.tick()
    assert story.stands() == ("canary", 5, False)


def test_without_a_soak_there_is_nothing_to_wait_for() -> None:
    story = Story(soak=0).begun()
    assert story.stands() == ("canary", 5, False)
    assert story.serves("production") == "1.0.0"


def test_another_text_that_a_key_has_evaluated_under_that_name_is_no_pass_of_the_soak() -> None:
    story = with_golden_cases()
    ref = f"soak of rollout {story.at().pk}"
    submit_candidate(
        story.prompt,
        text(f"{FIRST_TEXT} Thank you."),
        actor=Actor.system("ci-key"),
        reason="CI.",
        ref=ref,
        key=key(story.world, "ci").key,
    )
    run_what_is_queued()
    assert Run.objects.get(candidate__ref=ref).state == "passed"
    story.wait(hours=2)
    story.tick()
    assert story.stands() == ("soaking", 0, False)
    assert story.verdicts("soak") == []


def test_staging_is_held_against_what_production_serves_and_not_what_it_replaced() -> None:
    story = Story(soak=SOAK)
    story.traffic(48, Calls(1000, errors=300))
    base = story.segment().control
    better = cleared(story.world, saved(story.world, story.prompt, PATCH_TEXT, base=base))
    story.start(better)
    assert story.serves("production") == "1.0.1"
    story.wait(hours=24)
    story.traffic(20, Calls(1000, errors=10))
    story.start(story.version(), percent=5, attended=False)
    story.wait(hours=1)
    story.staging(Calls(500, errors=75))
    story.tick()
    assert story.at().state == "rolled_back"
    told = Verdict.objects.get(rollout=story.rollout, outcome="fail").reasons[0]
    assert told.startswith("Errors on staging: 15 %; 1 % was measured before")
