"""Several at once, on a server that lets them: two beats, and a rollback beside a step."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from evaluation.online.watch import tick as module
from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.release.models import Rollout, Segment
from registry.release.rollback import roll_back
from tests.evaluation.online.watch.ground import Calls, Story

pytestmark = [pytest.mark.django_db(transaction=True)]

TIMES = 6


def together(*deeds: Callable[[], object]) -> list[object]:
    """Do all at the same moment, each on a connection of its own; return what came of each."""
    barrier = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=20)
            return deed()
        except Refused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def test_two_beats_decide_once() -> None:
    story = Story().begun()
    story.live()
    story.tick()
    for percent in (50, 100):
        story.live()
        together(*[story.tick] * 4)
        assert story.at().percent == percent
    assert story.verdicts() == ["pass"] * 3
    advanced = Event.objects.filter(action="rollout.advanced", actor_name="watcher")
    assert advanced.count() == 2


def test_two_beats_go_back_once() -> None:
    story = Story().begun()
    story.live(Calls(500, errors=100))
    together(*[story.tick] * 4)
    assert story.verdicts() == ["fail"]
    assert Event.objects.filter(action="rollout.ended", actor_name="watcher").count() == 1
    assert story.serves("production") == "1.0.0"


@pytest.mark.postgres
def test_a_rollback_beside_a_step_always_wins() -> None:
    story = Story(stages=((50, 60),))
    lea = story.world.actor("lea")
    for n in range(TIMES):
        before = story.serves("production")
        story.traffic()
        body = f"You are the support agent of {{{{company}}}}. Always mention number {n}."
        story.start(story.version(body), percent=50, attended=False)
        story.live()
        together(
            story.tick,
            lambda: roll_back(story.prompt, actor=lea, reason="Stop.", now=story.now),
        )
        rollout = Rollout.objects.get(pk=story.at().pk)
        assert rollout.state == "rolled_back"
        assert story.serves("production") == before
        assert Segment.objects.get(prompt=story.prompt, ended_at=None).kind == "standing"


@pytest.mark.postgres
def test_a_tick_passes_by_a_rollout_that_somebody_looks_at() -> None:
    story = Story().begun()
    story.live()
    story.tick()
    story.live()
    other: list[object] = []
    look = module._look

    def while_looking(pk: int, now: object) -> object:
        found = look(pk, now)  # type: ignore[arg-type]
        if not other:
            other.append(None)
            with ThreadPoolExecutor(1) as pool:
                other.append(pool.submit(_on_its_own_connection, story.tick).result(timeout=20))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_look", while_looking)
        assert story.tick() is not None
    assert other == [None, None]
    assert connection.vendor == "postgresql"
    assert story.stands() == ("canary", 50, False)


def _on_its_own_connection(deed: Callable[[], object]) -> object:
    try:
        return deed()
    finally:
        connections.close_all()
