"""The badge: whole, tampered with and where, being verified, and who may ask how often."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from promptcms import guards
from registry.audit import tasks
from registry.audit.check import ask_for_check, check_chain, due_chains
from registry.audit.clock import database_now
from registry.audit.models import ChainCheck, ChainHead, Event
from registry.audit.verify import walk
from registry.prompts.models import Prompt
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

PAGE = "/projects/shop/audit"


@pytest.fixture
def chain(shop: World, prompt: Prompt) -> str:
    stages.in_production(shop, prompt)
    return f"project:{shop.project.pk}"


@pytest.fixture
def unguarded(chain: str) -> Iterator[None]:
    """What the owner of the database could do: no guards."""
    guards.drop_all(connection)
    yield
    guards.create_all(connection)


def change(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_whole_chain_says_up_to_which_event_and_when(chain: str, as_: SignIn) -> None:
    assert "not verified yet" in words(as_("vic").get(PAGE))
    tasks.check_due()
    count = Event.objects.filter(chain=chain).count()
    assert f"chain verified Every event from 1 to {count} holds" in words(as_("vic").get(PAGE))


def test_a_changed_event_is_loud_and_named(chain: str, unguarded: None, as_: SignIn) -> None:
    change("UPDATE registry_event SET reason = 'Nothing' WHERE seq = 4")
    tasks.check_due()
    page = words(as_("vic").get(PAGE))
    assert "The audit trail was tampered with: event 4 was changed after it was written." in page
    assert "Events up to 3 hold" in page
    assert "Look at event 4" in page
    assert "chain verified" not in page


def test_verify_now_is_answered_by_the_worker_and_shows_how_far_it_is(
    chain: str, as_: SignIn
) -> None:
    vic = as_("vic")
    answer = vic.post(f"{PAGE}/verify")
    assert answer.status_code == 302
    waiting = vic.get(answer.url)
    assert "being verified" in words(waiting)
    assert 'hx-get="/projects/shop/audit/badge"' in waiting.content.decode()
    assert "Verify now" not in words(waiting)
    tasks.check(chain)
    ready = vic.get(f"{PAGE}/badge")
    assert "chain verified" in words(ready)
    assert "hx-get" not in ready.content.decode()


def test_it_is_asked_for_once_a_minute_only(chain: str, as_: SignIn) -> None:
    now = database_now()
    assert ask_for_check(chain, now=now)
    assert not ask_for_check(chain, now=now + timedelta(seconds=59))
    answer = as_("vic").post(f"{PAGE}/verify", follow=True)
    assert "It was asked for less than a minute ago." in words(answer)
    assert ask_for_check(chain, now=now + timedelta(seconds=61))
    assert as_("oto").post(f"{PAGE}/verify").status_code == 404


def test_a_missing_worker_is_said(chain: str, as_: SignIn) -> None:
    ask_for_check(chain, now=database_now() - timedelta(minutes=2))
    assert "No worker has begun yet." in words(as_("vic").get(PAGE))


def test_a_chain_is_due_once_a_day_and_when_it_was_asked_for(chain: str) -> None:
    now = database_now()
    assert chain in due_chains(now=now)
    check_chain(chain, now=now)
    assert chain not in due_chains(now=now + timedelta(hours=23))
    assert chain in due_chains(now=now + timedelta(hours=25))
    ask_for_check(chain, now=now + timedelta(minutes=5))
    assert chain in due_chains(now=now + timedelta(minutes=6))
    check_chain(chain, now=now + timedelta(minutes=6))
    assert chain not in due_chains(now=now + timedelta(minutes=7))


def test_a_walk_that_outlasts_the_timer_is_not_begun_a_second_time(
    chain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def slow(walked: str, *, now: datetime) -> ChainCheck:
        begun.append(walked)
        tasks.check_due()  # the timer comes again meanwhile
        return check_chain(walked, now=now)

    monkeypatch.setattr(tasks, "check_chain", slow)
    tasks.check_due()
    assert begun.count(chain) == 1
    ask_for_check(chain, now=database_now())
    tasks.check_due()
    assert begun.count(chain) == 2


def test_what_is_written_during_the_walk_is_no_fault(
    shop: World, chain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = ChainHead.objects.get(chain=chain)
    monkeypatch.setattr("registry.audit.verify.CHUNK", 3)
    written = []

    def write_meanwhile(seq: int) -> None:
        if not written:
            written.append(stages.prompt_named(shop, "faq/meanwhile"))

    assert walk(chain, report=write_meanwhile) == (head.seq, None)
    assert written
    assert ChainHead.objects.get(chain=chain).seq > head.seq


def test_a_lost_head_is_found_by_the_daily_walk(chain: str, unguarded: None) -> None:
    check_chain(chain, now=database_now() - timedelta(days=2))
    change("DELETE FROM registry_chainhead")
    tasks.check_due()
    assert "head of the chain is missing" in ChainCheck.objects.get(chain=chain).fault
