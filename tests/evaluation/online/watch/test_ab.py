"""An A/B test is compared each minute; a person ends it."""

import pytest

from evaluation.domain.watch.ab import Comparison
from registry.release.ab import start_ab
from registry.release.models import Tick
from tests.evaluation.online.watch.ground import Calls, Story

pytestmark = pytest.mark.django_db


def comparing() -> Story:
    story = Story()
    story.traffic()
    lea, version = story.world.actor("lea"), story.version()
    story.rollout = start_ab(version, percent=50, actor=lea, reason="Which?", now=story.now)
    return story


@pytest.mark.parametrize(
    ("calls", "word"),
    [
        (Calls(9500, score=0.9), "better"),
        (Calls(9500, score=0.6), "worse"),
        (Calls(9500), "No dif"),
    ],
    ids=["better", "worse", "same"],
)
def test_how_it_compares_is_kept_and_nothing_moves(calls: Calls, word: str) -> None:
    story = comparing()
    story.live(calls, Calls(9500), hours=3)
    assert story.tick() is None
    seen = Tick.objects.get(rollout=story.rollout)
    found = Comparison.from_document(seen.evidence)
    assert word in found.headline
    assert seen.reasons[0] == found.headline
    assert (story.stands(), story.serves("production")) == (("canary", 50, False), "1.0.0")
    assert story.verdicts() == []
