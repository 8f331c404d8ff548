"""Several workers at once: every event is announced once, every row is sent once."""

from threading import Barrier

import pytest

from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.notices.announce import announce
from registry.notices.deliver import deliver_pass
from registry.release.comments import comment_on
from tests import stages
from tests.database.test_races import at_once
from tests.registry.notices.receiver import receiver
from tests.stages import World

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WORKERS = 6


def commented(shop: World, count: int) -> stages.Version:
    version = stages.saved(shop, stages.prompt_named(shop))
    for n in range(count):
        comment_on(version, text=f"Remark {n}.", actor=shop.actor("rui"))
    return version


def test_of_six_workers_that_announce_at_once_each_event_is_told_once() -> None:
    shop = stages.world()
    commented(shop, 20)
    results = at_once(*[lambda: announce(now=database_now())] * WORKERS)
    assert not [result for result in results if isinstance(result, Exception)]
    events = list(Outbox.objects.order_by("event__seq").values_list("event__seq", flat=True))
    assert len(events) == len(set(events)) == 20


def test_announcing_while_people_act_misses_nothing_and_repeats_nothing() -> None:
    shop = stages.world()
    version = commented(shop, 1)

    def act(name: str) -> None:
        for n in range(10):
            comment_on(version, text=f"{name} {n}", actor=shop.actor(name))

    def read() -> None:
        for _ in range(30):
            announce(now=database_now())

    results = at_once(lambda: act("rui"), lambda: act("lea"), lambda: act("ada"), read, read)
    assert results == [None] * 5
    announce(now=database_now())
    to_ana = Outbox.objects.filter(person=shop.person("ana"))
    assert to_ana.count() == to_ana.values("event").distinct().count() == 31


def test_of_six_workers_that_deliver_at_once_each_row_is_sent_once(
    monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    shop = stages.world()
    with receiver() as server:
        spec = {"url": server.url, "format": "slack"}
        settings.PROMPTCMS_WEBHOOKS = {"team": spec}  # type: ignore[attr-defined]
        commented(shop, 12)
        announce(now=database_now())
        barrier = Barrier(WORKERS)

        def work() -> int:
            barrier.wait()
            return deliver_pass(clock=database_now)

        results = at_once(*[work] * WORKERS)
        ids = [request.headers["X-Pcms-Id"] for request in server.got]
    assert not [result for result in results if isinstance(result, Exception)]
    assert len(ids) == len(set(ids)) == 12
    assert not Outbox.objects.filter(sent_at=None).exists()
    assert set(Outbox.objects.values_list("attempts", flat=True)) == {1}
