"""What the watcher does with a canary: each rule beside its opposite."""

from datetime import timedelta

import pytest

from evaluation.domain.watch.answer import Says
from registry.domain.watching import Watching
from registry.release.may_go import passed
from registry.release.models import Tick, Verdict
from registry.release.rollout import advance, hold, resume
from tests.evaluation.online.watch.ground import Calls, Story, report
from tests.stages import FIRST_TEXT, PATCH_TEXT

pytestmark = pytest.mark.django_db

GONE_BACK = ("rolled_back", 0, False)


def test_a_harmless_version_goes_step_by_step_to_everybody() -> None:
    story = Story().begun()
    seen = [story.stands()]
    for _ in range(3):
        story.live()
        story.tick()
        seen.append(story.stands())
    steps = [("canary", 5), ("canary", 25), ("canary", 50), ("complete", 100)]
    assert seen == [(*step, False) for step in steps]
    assert story.serves("production") == "1.1.0"
    assert story.verdicts() == ["pass"] * 3
    evidence = Verdict.objects.filter(rollout=story.rollout).latest("pk").evidence
    assert evidence["says"] == "pass"
    assert {metric["metric"] for metric in evidence["metrics"]} >= {"error", "latency"}


def test_a_harmful_version_goes_back_by_itself_and_stays_back() -> None:
    story = Story().begun()
    story.live(Calls(500, score=0.6))
    answer = story.tick()
    assert answer is not None
    assert answer.says is Says.FAIL
    assert story.stands() == GONE_BACK
    assert (story.serves("production"), story.serves("staging")) == ("1.0.0", "1.0.0")
    assert story.at().ended_as == "regressed"
    assert story.verdicts() == ["fail"]
    story.wait(hours=1)
    assert story.tick() is None
    assert story.verdicts() == ["fail"]


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (Calls(500, score=0.6), Calls(500, score=0.95)),
        (Calls(500, errors=60), Calls(500, errors=0)),
        (Calls(500, latency=1500), Calls(500, latency=500)),
        (Calls(500, tokens=800), Calls(500, tokens=150)),
    ],
    ids=["quality", "errors", "latency", "tokens"],
)
def test_worse_goes_back_and_better_goes_on(worse: Calls, better: Calls) -> None:
    usual = Calls(9500, errors=95)
    story = Story().begun()
    story.live(worse, usual)
    story.tick()
    assert story.stands() == GONE_BACK
    better_text = FIRST_TEXT + " Always mention the date."
    story.start(story.version(better_text), percent=5, attended=False)
    story.live(better, usual)
    story.tick()
    assert story.stands() == ("canary", 25, False)


def test_a_pass_waits_for_the_minutes_of_the_step() -> None:
    story = Story(stages=((5, 120), (50, 60))).begun()
    story.live()
    answer = story.tick()
    assert answer is not None
    assert answer.says is Says.PASS
    assert story.stands() == ("canary", 5, False)
    story.live()
    story.tick()
    assert story.stands() == ("canary", 50, False)


def test_harm_does_not_wait_for_them() -> None:
    story = Story(stages=((5, 120), (50, 60))).begun()
    story.live(Calls(500, errors=100))
    story.tick()
    assert story.stands() == GONE_BACK


def test_time_without_evidence_takes_no_step() -> None:
    story = Story().begun()
    story.live(Calls(12), Calls(228))
    answer = story.tick()
    assert answer is not None
    assert answer.says is Says.UNDECIDED
    assert story.stands() == ("canary", 5, False)
    assert story.verdicts() == []


def test_silence_holds_with_one_reason_and_reports_resume() -> None:
    story = Story().begun()
    story.live()
    story.tick()
    story.wait(minutes=50)
    story.tick()
    assert story.stands() == ("canary", 25, True)
    first = story.at()
    assert "No calls have been reported for" in first.held_reason
    story.wait(minutes=30)
    story.tick()
    assert story.at().epoch == first.epoch  # the reason is given once, not each minute
    story.live()
    story.tick()
    assert story.stands() == ("canary", 25, False)
    story.tick()
    assert story.stands() == ("canary", 50, False)


def test_a_canary_on_which_nobody_ever_reported_is_held() -> None:
    story = Story().begun()
    story.wait(minutes=40)
    story.tick()
    assert story.stands() == ("canary", 5, True)


@pytest.mark.parametrize("silent", ["control", "treatment"])
def test_one_silent_arm_holds(silent: str) -> None:
    story = Story(stages=((5, 240), (50, 60))).begun()
    story.live()
    other = "control" if silent == "treatment" else "treatment"
    story.wait(minutes=40)
    report(story.segment(), other, Calls(300), story.now)
    story.tick()
    assert story.stands() == ("canary", 5, True)
    assert "has been reported for" in story.at().held_reason


def test_a_lost_third_of_the_reports_holds_and_does_not_roll_back() -> None:
    story = Story().begun()
    story.live(Calls(330))
    story.tick()
    assert story.stands() == ("canary", 5, True)
    assert "instead of 5" in story.at().held_reason


def test_calls_in_the_wrong_arm_hold() -> None:
    story = Story().begun()
    story.live()
    report(story.segment(), "control", Calls(300), story.now, misassigned=300)
    report(story.segment(), "treatment", Calls(16), story.now)
    story.tick()
    assert story.stands() == ("canary", 5, True)
    assert "meant for the other group" in story.at().held_reason


def test_a_judge_that_cannot_read_the_new_answers_holds() -> None:
    story = Story().begun()
    story.live(Calls(500, scored=250))
    story.tick()
    assert story.stands() == ("canary", 5, True)
    assert "have a score for faithfulness" in story.at().held_reason


def test_a_required_metric_that_is_missing_holds() -> None:
    story = Story().begun()
    story.live(Calls(500, score=None))
    story.tick()
    assert story.stands() == ("canary", 5, True)
    assert "No figures of faithfulness" in story.at().held_reason


def test_an_optional_one_does_not() -> None:
    story = Story()
    story.traffic(calls=Calls(1000, custom={"tone": 0.9}))
    story.start(story.version(), percent=5, attended=False)
    story.live()
    story.tick()
    assert story.stands() == ("canary", 25, False)


def test_what_a_person_holds_the_watcher_never_resumes() -> None:
    story = Story().begun()
    story.live()
    ana = story.world.actor("ana")
    hold(story.at(), actor=ana, reason="I want to read more answers.", now=story.now)
    for _ in range(2):
        answer = story.tick()
        assert answer is not None
        assert answer.says is Says.PASS
        story.live()
    assert story.at().held_reason == "I want to read more answers."
    lea = story.world.actor("lea")
    resume(story.at(), actor=lea, reason="Ana has read them.")
    story.tick()
    assert story.stands() == ("canary", 25, False)


def test_against_a_person_who_resumed_it_does_not_hold_again_but_takes_no_step() -> None:
    story = Story().begun()
    story.live()
    story.wait(minutes=50)
    story.tick()
    resume(story.at(), actor=story.world.actor("lea"), reason="The reports are late, I know.")
    for _ in range(2):
        story.wait(minutes=40)
        story.tick()
        assert story.stands() == ("canary", 5, False)
    story.live(Calls(330))
    story.tick()  # another reason, of which nobody has said anything
    assert story.stands() == ("canary", 5, True)


@pytest.mark.parametrize("held", [True, False])
def test_harm_goes_back_also_while_held_and_attended(held: bool) -> None:
    story = Story().begun(attended=not held)
    if held:
        hold(story.at(), actor=story.world.actor("ana"), reason="Wait.", now=story.now)
    story.live(Calls(500, errors=100))
    story.tick()
    assert story.at().state == "rolled_back"


def test_an_attended_rollout_is_looked_at_and_left_to_people() -> None:
    story = Story().begun(attended=True)
    story.live()
    answer = story.tick()
    assert answer is not None
    assert answer.says is Says.PASS
    assert story.stands() == ("canary", 5, False)
    story.wait(hours=3)
    story.tick()
    assert story.stands() == ("canary", 5, False)  # silent, and nothing that it could hold up


def test_undecided_for_four_times_its_minutes_a_minor_waits_for_a_person() -> None:
    story = Story().begun()
    story.live(Calls(5), Calls(95), hours=4)
    story.tick()
    assert story.stands() == ("canary", 5, True)
    assert story.at().held_reason.startswith("Undecided after 4 h")
    story.live()
    story.tick()
    assert story.stands() == ("canary", 5, False)


def test_a_patch_goes_on_when_nothing_spoke_against_it_for_so_long() -> None:
    story = Story(risk="PATCH", stages=((25, 60),))
    story.traffic()
    story.start(story.version(PATCH_TEXT), percent=25, attended=False)
    story.live(Calls(25), Calls(75), hours=3)
    story.tick()
    assert story.stands() == ("canary", 25, False)
    story.live(Calls(25), Calls(75))
    story.tick()
    assert story.stands() == ("complete", 100, False)
    assert "enough at this risk" in Verdict.objects.filter(rollout=story.rollout)[0].reasons[0]


@pytest.mark.parametrize(
    ("watching", "state"),
    [(Watching(), "canary"), (Watching(silence_minutes=1440), "rolled_back")],
    ids=["usual", "strict"],
)
def test_only_where_the_policy_says_so_silence_rolls_back(watching: Watching, state: str) -> None:
    story = Story(stages=((5, 6000), (50, 60)), watching=watching).begun()
    story.live()
    story.wait(hours=23)
    story.tick()
    assert story.stands() == ("canary", 5, True)
    story.wait(hours=2)
    story.tick()
    assert story.at().state == state
    assert "fail" not in story.verdicts()


def test_looked_at_once_or_each_minute_it_comes_to_the_same() -> None:
    story = Story(stages=((5, 120), (50, 60))).begun()
    story.live(hours=2)
    for _ in range(3):
        story.tick()
    assert story.stands() == ("canary", 50, False)  # one step; then its own minutes count
    assert story.verdicts() == ["pass"]
    assert Tick.objects.filter(rollout=story.rollout).count() == 1


def test_each_step_that_a_person_takes_has_a_pass_of_its_own() -> None:
    story = Story(stages=((5, 60), (25, 60), (50, 60))).begun(attended=True)
    lea = story.world.actor("lea")
    for percent in (25, 50, 100):
        story.live()  # before the first look at the step
        story.tick()
        rollout = story.at()
        verdict = passed(rollout, now=story.now)
        assert verdict is not None
        silent = story.now + timedelta(minutes=6)
        assert passed(rollout, now=silent) is None  # nobody watches any more
        epoch = rollout.epoch
        advance(rollout, expected_epoch=epoch, actor=lea, reason="", now=story.now, verdict=verdict)
        assert story.at().percent == percent
    assert story.verdicts() == ["pass"] * 3


def test_steps_of_minutes_wait_for_figures_of_their_own() -> None:
    story = Story(stages=((5, 60), (50, 10))).begun()
    story.live()
    story.tick()
    story.wait(minutes=12)
    answer = story.tick()
    assert answer is not None
    assert answer.says is Says.UNDECIDED
    assert story.stands() == ("canary", 50, False)
