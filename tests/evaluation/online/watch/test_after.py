"""Production goes on being watched once a version serves all of it."""

from datetime import timedelta

import pytest

from evaluation.online.models import Watch
from evaluation.online.watch.tick import tick, watched
from registry.domain.watching import Watching
from registry.release.models import Rollout
from tests.evaluation.online.watch.ground import HOUR_LONG, Calls, Story, report
from tests.stages import MINOR_TEXT

pytestmark = pytest.mark.django_db


def completed(watching: Watching | None = None) -> Story:
    story = Story(stages=((50, 60),), watching=watching or Watching()).begun(percent=50)
    story.live()
    story.tick()
    assert story.stands() == ("complete", 100, False)
    return story


def served(story: Story, calls: Calls, hours: int = 3) -> None:
    """Let production be reported on for some hours."""
    for _ in range(hours):
        story.now += HOUR_LONG
        report(story.segment(), "control", calls, story.now - timedelta(minutes=1))


def test_a_drop_raises_the_alarm_once_and_leaves_production_to_people() -> None:
    story = completed()
    served(story, Calls(5000, score=0.6))
    for _ in range(3):
        story.tick()
    assert story.verdicts("watch") == ["fail"]
    assert story.stands() == ("complete", 100, False)
    assert story.serves("production") == "1.1.0"


def test_where_the_policy_says_so_a_drop_goes_back_by_itself() -> None:
    story = completed(Watching(goes_back_by_itself=True))
    served(story, Calls(5000, score=0.6))
    story.tick()
    assert story.verdicts("watch") == ["fail"]
    assert story.at().state == "rolled_back"
    assert story.serves("production") == "1.0.0"


def test_production_as_good_as_when_it_was_promoted_raises_none() -> None:
    story = completed(Watching(goes_back_by_itself=True))
    served(story, Calls(5000))
    answer = story.tick()
    assert answer is not None
    assert "As good as when it was promoted" in answer.reasons[0]
    assert story.verdicts("watch") == []
    assert story.serves("production") == "1.1.0"


def test_the_watch_ends_when_its_time_is_over_or_another_version_serves() -> None:
    story = completed(Watching(after_minutes=120))
    served(story, Calls(5000), hours=1)
    story.tick()
    pk = Rollout.objects.get(pk=story.at().pk).pk
    assert pk in watched(story.world.project)
    story.wait(hours=2)
    assert story.tick() is None
    assert pk not in watched(story.world.project)
    assert Watch.objects.get(rollout=pk).ended_at == story.now


def test_a_drop_after_its_time_is_nobody_s_alarm() -> None:
    story = completed(Watching(after_minutes=60))
    served(story, Calls(5000, score=0.6), hours=2)
    story.tick()
    assert story.verdicts("watch") == []


def test_a_drop_found_while_the_next_version_is_tried_still_goes_back() -> None:
    story = completed(Watching(goes_back_by_itself=True))
    dropped = story.at()
    following = story.start(story.version(f"{MINOR_TEXT} Be brief."), percent=5, attended=False)
    served(story, Calls(5000, score=0.6))
    tick(dropped.pk, now=story.now)
    assert Rollout.objects.get(pk=dropped.pk).ended_as == "regressed"
    assert Rollout.objects.get(pk=following.pk).ended_as == "superseded"  # it did no harm
    assert {story.serves(name) for name in ("production", "canary", "staging")} == {"1.0.0"}
