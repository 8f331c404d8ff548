"""Rollouts of a whole project, cards where a prompt shows, and what a version did in production."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.online.models import Rollup
from evaluation.online.watch.begin import begin
from evaluation.online.watch.tick import tick
from evaluation.web.rollouts import overview
from registry.audit.clock import database_now
from registry.release.ab import end_ab, start_ab
from registry.release.models import PlannedStart
from registry.release.rollback import roll_back
from tests import stages
from tests.evaluation.online.pages.live import HOUR, Calls, Traffic, in_canary
from tests.evaluation.online.pages.test_monitor import (
    charts,
    headline,
    healthy,
    monitor,
    page_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> stages.World:
    return stages.world()


def test_the_list_tells_what_runs_what_waits_and_how_the_last_ones_ended(
    shop: stages.World,
) -> None:
    gone = healthy(shop, name="faq/tone", per_hour=30)
    roll_back(gone.prompt, actor=shop.actor("rui"), reason="Complaints.", now=database_now())
    runs = healthy(shop, per_hour=30)
    later = stages.cleared(
        shop, stages.saved(shop, gone.prompt, stages.PATCH_TEXT, base=gone.first)
    )
    PlannedStart.objects.create(
        prompt=gone.prompt,
        version=later,
        not_before=database_now() + HOUR,
        reason="After the sale.",
        planned_by=shop.person("lea"),
        planned_at=database_now(),
    )
    page = page_of(shop, "vic", "/projects/shop/rollouts")
    assert "One version is being rolled out now. 1 waits to start." in page
    assert "1.1.0 at 25 % for 26 of 48 h" in page
    assert 'href="/projects/shop/prompts/support/system/rollout"' in page
    assert "After the sale." in page
    assert "rolled back by a person" in page
    assert "Complaints." in page
    assert runs.rollout.ended_at is None


def test_the_list_asks_as_often_for_many_rollouts_as_for_one(shop: stages.World) -> None:
    client = Client()
    client.force_login(shop.person("vic"))
    counts = []
    for names in (("a/one",), ("a/two", "a/three")):
        for name in names:
            scene = in_canary(shop, name, per_hour=20)
            scene.look()
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/projects/shop/rollouts").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_older_attempts_are_a_click_away(
    shop: stages.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "RECENT", 2)
    for name in ("a/one", "a/two", "a/three"):
        stages.in_production(shop, stages.prompt_named(shop, name))
    page = page_of(shop, "vic", "/projects/shop/rollouts")
    older = re.search(r'href="(\?before=\d+)"', page)
    assert older
    before = page_of(shop, "vic", f"/projects/shop/rollouts{older[1]}")
    assert "a/one 1.0.0" in before
    assert "a/two 1.0.0" not in before
    assert "a/one 1.0.0" not in page
    assert "a/three 1.0.0" in page_of(shop, "vic", "/projects/shop/rollouts?before=x")


@pytest.mark.parametrize("address", ["/", "/projects/shop/prompts/support/system"])
def test_cards_show_the_figures_the_next_step_and_the_way_to_the_monitor(
    shop: stages.World, address: str
) -> None:
    healthy(shop, per_hour=30)
    page = page_of(shop, "lea", address)
    assert re.search(r"faithfulness 0\.8\d vs 0\.8\d · relevance", page)
    assert "Next: 50 % of traffic" in page
    assert 'href="/projects/shop/prompts/support/system/rollout"' in page
    assert "Roll back" in page
    assert "Live traffic is not measured yet" not in page


def test_a_version_shows_its_own_rollout_and_no_other(shop: stages.World) -> None:
    scene = healthy(shop, per_hour=30)
    own = page_of(shop, "vic", "/projects/shop/prompts/support/system/versions/1.1.0")
    assert "Rollout of 1.1.0" in own
    assert "1.1.0 at 25 % for 26 of 48 h" in own
    other = page_of(shop, "vic", "/projects/shop/prompts/support/system/versions/1.0.0")
    assert "at 25 % for" not in other
    assert scene.rollout.version.semver == "1.1.0"


def test_a_measured_rollout_waits_for_nobody_an_attended_one_for_a_releaser(
    shop: stages.World,
) -> None:
    in_canary(shop, "faq/measured", hours_ago=80)
    assert "This step is over" not in page_of(shop, "lea", "/inbox")
    in_canary(shop, "faq/attended", hours_ago=80, attended=True)
    inbox = page_of(shop, "lea", "/inbox")
    assert "faq/attended 1.1.0" in inbox
    assert "faq/measured" not in inbox


def test_a_version_shows_what_it_did_in_production_by_arm_and_over_time(
    shop: stages.World,
) -> None:
    scene = healthy(shop, per_hour=60)
    address = "/projects/shop/prompts/support/system/versions/1.1.0/production"
    page = page_of(shop, "vic", address)
    rows = Rollup.objects.filter(
        series__version=scene.rollout.version, metric="error", minutes=Rollup.Length.HOUR
    )
    calls = sum(rows.values_list("n", flat=True))
    assert f"1.1.0 answered {calls:,} calls in the last 7 days." in page
    assert re.search(r'<th scope="row">canary</th><td[^>]*>\d', page)
    drawn = charts(page, "production")
    assert sum(pair[2] for pair in drawn["error"]["treatment"]) == calls
    # 820 ms in the middle of a log-normal of 0.4: 95 % are below about 1.6 s.
    assert usual(drawn["latency"]["control"]) == pytest.approx(820, rel=0.1)
    assert usual(drawn["latency"]["treatment"]) == pytest.approx(1583, rel=0.15)
    assert "25 %" in page
    day = page_of(shop, "vic", f"{address}?range=24h")
    assert "in the last 24 hours." in day
    month = charts(page_of(shop, "vic", f"{address}?range=30d"), "production")
    assert len(month["error"]["treatment"]) <= 3
    assert page_of(shop, "vic", f"{address}?range=9").count("in the last 7 days.") == 1


def usual(points: list[list[float]]) -> float:
    """Return the mean of a chart's days by their calls: the first one may have had few."""
    return sum(value * n for _, value, n in points) / sum(n for *_, n in points)


def test_a_version_nobody_reported_on_says_how_to_report(shop: stages.World) -> None:
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    page = page_of(shop, "vic", "/projects/shop/prompts/support/system/versions/1.0.0/production")
    assert "Nothing was reported of 1.0.0 in the last 7 days." in page
    assert "scope ingest" in page


def test_an_ab_test_is_told_in_words_ended_by_a_person_and_leads_to_the_usual_start(
    shop: stages.World,
) -> None:
    prompt = stages.prompt_named(shop)
    first = stages.in_production(shop, prompt)
    now = database_now()
    start, traffic = now - timedelta(hours=20), Traffic(shop, prompt, 100)
    traffic.serve(start - 2 * HOUR, start, version=first)
    version = stages.cleared(shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=first))
    lea = shop.actor("lea")
    rollout = start_ab(version, percent=50, actor=lea, reason="Is it better?", now=start)
    begin(rollout, now=start)
    traffic.serve(start, now, version=first, rollout=rollout, new=Calls(quality=0.92))
    tick(rollout.pk)
    page = page_of(shop, "lea", f"/projects/shop/prompts/{prompt.name}/rollout")
    assert headline(page).startswith("1.1.0 at 50 % for 20 h. 1.1.0 is better in faithfulness")
    assert 'Faithfulness <span class="chip good">better</span>' in page
    assert charts(page, "canary")["score-faithfulness"]["rail"] == []
    assert "End test" in page
    assert "Advance now" not in page
    end_ab(rollout, actor=lea, reason="It is better.", now=database_now())
    over = page_of(shop, "lea", f"/projects/shop/prompts/{prompt.name}/rollout")
    assert headline(over).startswith("The test of 1.1.0 ended")
    assert "1.1.0 is better in faithfulness" in headline(over)
    assert "Start the rollout of 1.1.0" in over
    assert "Start the rollout of" not in page_of(
        shop, "vic", f"/projects/shop/prompts/{prompt.name}/rollout"
    )


def test_a_monitor_in_a_project_of_its_own_clock_does_not_call_the_watcher_silent() -> None:
    world = stages.world(sandbox=True)
    scene = in_canary(world)
    scene.look()
    scene.rollout.tick.__class__.objects.update(at=database_now() - timedelta(days=2))
    assert "has not looked for" not in monitor(scene)


def test_a_watcher_that_does_not_look_is_named(shop: stages.World) -> None:
    scene = in_canary(shop)
    scene.look()
    scene.rollout.tick.__class__.objects.update(at=database_now() - timedelta(minutes=20))
    page = monitor(scene)
    assert "The watcher has not looked for 20 min: is a worker running?" in page
