"""The record of a version, for an auditor: who, what, when, on which evidence, and where it was."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.audit.models import Event
from registry.prompts.models import Prompt, Version
from registry.release.exposure import exposure
from registry.release.rollback import roll_back
from registry.release.rollout import advance
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

VERSIONS = "/projects/shop/prompts/support/system/versions"


@pytest.fixture
def major(shop: World, prompt: Prompt) -> Version:
    """2.0.0, signed by Rui, whose evaluation Ada skipped; it serves production."""
    first = stages.in_production(shop, prompt)
    version = stages.saved(shop, prompt, stages.MAJOR_TEXT, base=first)
    stages.approved(shop, stages.in_review_or_cleared(shop, version))
    rollout, now = stages.started(shop, version), stages.database_now()
    while rollout.ended_at is None:
        now = stages.due(rollout)
        shared = {"actor": shop.actor("lea"), "reason": "Healthy.", "now": now}
        rollout = advance(rollout, expected_epoch=rollout.epoch, **shared)
    return version


def test_it_names_the_text_the_people_the_steps_and_the_events(major: Version, as_: SignIn) -> None:
    page = words(as_("vic").get(f"{VERSIONS}/2.0.0/record"))
    assert major.digest in page
    assert "Written by ana" in page
    assert "Changes against 1.0.0: " in page
    assert "rui approve" in page
    assert "Read and understood." in page
    assert "ada skipped the evaluation" in page
    assert "No golden cases yet." in page
    assert "canary 5 %" in page
    assert "production everyone" in page
    assert "Production served it when this was printed." in page
    events = Event.objects.filter(object_type="version", object_id=str(major.pk))
    assert events.count() > 8
    assert all(f"{event.seq} " in page and event.hash in page for event in events)
    assert "today" not in page


def test_a_version_that_was_never_served_says_so(prompt: Prompt, shop: World, as_: SignIn) -> None:
    stages.saved(shop, prompt)
    page = words(as_("vic").get(f"{VERSIONS}/1.0.0/record"))
    assert "Nothing has served it." in page
    assert "it was never submitted" in page
    assert "the first version: nothing to compare with" in page
    assert as_("vic").get(f"{VERSIONS}/9.9.9/record").status_code == 404


def test_the_exposure_follows_the_shares_and_ends_where_another_takes_over(
    shop: World, prompt: Prompt, major: Version
) -> None:
    shares = [(s.label, s.percent, s.by) for s in exposure(major)]
    assert shares == [
        ("staging", None, "lea"),
        ("canary", 5, "lea"),
        ("canary", 25, "lea"),
        ("canary", 50, "lea"),
        ("production", 100, "lea"),
    ]
    later = stages.due(major.rollouts.get()) + timedelta(hours=1)
    roll_back(prompt, actor=shop.actor("lea"), reason="Too slow.", now=later)
    ended = exposure(major)
    assert [spell.end for spell in ended if spell.label == "production"] == [later]
    first = exposure(prompt.versions.get(major=1))
    assert [(s.label, s.percent) for s in first if s.label == "production"] == [
        ("production", 100),
        ("production", 95),
        ("production", 75),
        ("production", 50),
        ("production", 100),
    ]


def test_the_page_of_the_version_tells_the_same_and_what_to_copy(
    major: Version, as_: SignIn
) -> None:
    answer = as_("vic").get(f"{VERSIONS}/2.0.0")
    page = words(answer)
    assert "production everyone" in page
    assert f"2.0.0, revision {major.revision}, id {major.pk}" in page
    html = answer.content.decode()
    assert f'data-copy-text="{major.digest}"' in html
    assert "/api/v1/prompts/support/system?version=2.0.0" in html
    assert 'role="img" aria-label="production 2.0.0 (everyone) from' in html


def test_record_and_page_ask_the_database_as_often_after_many_moves(
    shop: World, prompt: Prompt, major: Version, as_: SignIn
) -> None:
    vic, counts = as_("vic"), []
    for _ in range(2):
        for address in (f"{VERSIONS}/2.0.0/record", f"{VERSIONS}/2.0.0"):
            vic.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert vic.get(address).status_code == 200
            counts.append(len(queries))
        now = stages.database_now()
        for name in ("1.0.0", "2.0.0", "1.0.0", "2.0.0"):
            number = int(name[0])
            to = prompt.versions.get(major=number)
            roll_back(prompt, actor=shop.actor("lea"), reason="To and fro.", now=now, to=to)
    assert counts[:2] == counts[2:]
