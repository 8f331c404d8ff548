"""Alarms from live traffic reach who can act, and lead to the page on which one acts."""

from datetime import datetime, timedelta
from typing import Any

from evaluation.online.start import start_rollout
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.projects.models import Membership
from registry.prompts.models import Prompt, Version
from registry.release.ab import end_ab, start_ab
from registry.release.labels import version_at
from registry.release.planned import plan, start_due
from registry.release.rollback import roll_back
from registry.release.rollout import hold
from registry.release.verdicts import record_verdict
from tests import stages
from tests.registry.notices.conftest import announced, mailed
from tests.stages import World

WATCHER = Actor.system("watcher")
PAGE = "/projects/shop/prompts/support/system"


def minor(shop: World, prompt: Prompt) -> Version:
    """A cleared MINOR; what led there is announced."""
    base = version_at(prompt, "production")
    version = stages.cleared(shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=base))
    announced()
    return version


def told(person: str) -> dict[str, Any]:
    """What was said to somebody just now."""
    [payload] = [row.payload for row in announced() if row.person and row.person.username == person]
    return dict(payload)


def test_a_drop_in_production_reaches_who_can_go_back_on_its_page(
    shop: World, prompt: Prompt
) -> None:
    version = stages.in_production(shop, prompt, stages.MINOR_TEXT)
    announced()
    words = {"reasons": ["Errors rose from 1.1 % to 3.4 %."], "actor": WATCHER}
    record_verdict(version, kind="watch", outcome="inconclusive", **words)
    assert mailed() == {}
    record_verdict(version, kind="watch", outcome="fail", **words)
    rows = announced()
    assert {row.notice for row in rows} == {"got_worse"}
    assert sorted(row.person.username for row in rows) == ["ada", "ana", "lea", "rui"]
    payload = rows[0].payload
    assert payload["path"] == f"{PAGE}/rollout/back"
    assert payload["reason"] == "Errors rose from 1.1 % to 3.4 %."


def test_what_the_watcher_holds_and_takes_back_says_why(shop: World, prompt: Prompt) -> None:
    rollout = stages.in_canary(shop, prompt)
    announced()
    hold(rollout, actor=WATCHER, reason="Nobody reports.", now=database_now())
    held = told("lea")
    assert held["sentence"].startswith("The watcher held the rollout")
    assert held["to_do"].startswith("Nothing goes forward meanwhile. It goes on when the reason")
    assert held["path"] == f"{PAGE}/rollout"
    words = {"actor": WATCHER, "reason": "Errors rose.", "now": database_now()}
    roll_back(prompt, **words)
    assert told("lea")["reason"] == "Errors rose."


def test_who_planned_a_start_hears_that_it_did_not_happen(shop: World, prompt: Prompt) -> None:
    at = database_now() + timedelta(hours=1)
    words = {"actor": shop.actor("lea"), "reason": "Tonight.", "now": database_now()}
    plan(minor(shop, prompt), **words, not_before=at)
    assert mailed() == {}
    Membership.objects.filter(person=shop.person("lea")).update(role="viewer")
    start_due(at, start_rollout)
    said = told("lea")
    assert said["title"] == "Planned start stopped"
    assert "you need the role releaser" in said["reason"]


def test_a_planned_start_that_happens_is_no_alarm(shop: World, prompt: Prompt) -> None:
    at: datetime = database_now() + timedelta(hours=1)
    words = {"actor": shop.actor("lea"), "reason": "Tonight.", "now": database_now()}
    plan(minor(shop, prompt), **words, not_before=at)
    start_due(at, start_rollout)
    assert mailed() == {}


def test_an_ab_test_that_ends_is_not_called_a_rollback(shop: World, prompt: Prompt) -> None:
    words = {"actor": shop.actor("rui"), "reason": "Clear.", "now": database_now()}
    start = {"actor": shop.actor("lea"), "reason": "Which?", "now": database_now()}
    end_ab(start_ab(minor(shop, prompt), percent=50, **start), **words)
    said = told("ana")
    assert said["title"] == "A/B test ended"
    assert Outbox.objects.filter(payload__title="Rolled back").count() == 0
