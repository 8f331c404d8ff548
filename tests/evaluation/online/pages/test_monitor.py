"""The monitor says first what one came to know, and lets people stop in one click."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.audit.clock import database_now
from registry.release.models import Rollout, Segment, Tick, Verdict
from registry.release.rollback import roll_back
from registry.release.rollout import hold, plan_of
from tests import stages
from tests.evaluation.online.pages.live import HOUR, Calls, Scene, begun, in_canary

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> stages.World:
    return stages.world()


def page_of(world: stages.World, person: str, path: str) -> str:
    """Return a page as `person` sees it, its white space folded."""
    client = Client()
    client.force_login(world.person(person))
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.content.decode())


def monitor(scene: Scene, person: str = "lea") -> str:
    """Return the monitor of the scene's prompt."""
    return page_of(scene.world, person, f"/projects/shop/prompts/{scene.prompt.name}/rollout")


def headline(page: str) -> str:
    """Return the first sentence of a monitor, without marks."""
    found = re.search(r'<p class="verdict".*?>(.*?)</p>', page)
    assert found
    return unescape(re.sub(r"<[^>]+>", "", found[1]).strip())


def charts(page: str, part: str) -> dict[str, Any]:
    """Return the documents of the charts of one part."""
    found = re.search(f'<script id="charts-{part}" type="application/json">(.*?)</script>', page)
    assert found
    document: dict[str, Any] = json.loads(found[1])
    return document


def healthy(world: stages.World, **how: Any) -> Scene:
    """A rollout at 25 % for 26 hours on which nothing is wrong."""
    scene = in_canary(world, **how)
    scene.serve(scene.rollout.step_started_at, database_now())
    scene.look()
    return scene


def test_the_first_line_says_where_it_is_how_it_does_and_what_comes_next(
    shop: stages.World,
) -> None:
    page = monitor(healthy(shop))
    said = Tick.objects.get().reasons[0]
    assert headline(page) == f"1.1.0 at 25 % for 26 of 48 h. {said}"
    assert re.match(r"(Healthy|Looks worse) so far|As good as production's version", said)
    assert re.search(r"Next: 50 % of traffic <time[^>]*>[^<]+</time> if still healthy\.", page)


def test_every_metric_says_in_words_how_sure_it_is_and_shows_its_test(shop: stages.World) -> None:
    scene = healthy(shop, per_hour=160)
    page = monitor(scene)
    assert re.search(r"Faithfulness <span class=\"chip good\">sure</span>", page)
    assert "No more than 0.03 worse: sure." in page
    assert "No more than 20 % worse: sure." in page
    assert "Evidence that it is worse" in page
    answer = Tick.objects.get(rollout=scene.rollout).evidence
    calls = next(m for m in answer["metrics"] if m["metric"] == "error")
    assert f"{calls['n_treatment']:,} against {calls['n_control']:,} calls" in page


def test_the_lines_of_a_chart_end_in_the_stored_answer(shop: stages.World) -> None:
    scene = healthy(shop)
    tick = Tick.objects.get(rollout=scene.rollout)
    stored = {m["metric"]: m for m in tick.evidence["metrics"]}["score:faithfulness"]
    chart = charts(monitor(scene), "canary")["score-faithfulness"]
    assert chart["control"][-1][1] == pytest.approx(stored["control"], abs=1e-5)
    low, high = chart["band"][-1][1:]
    # A score is worse where it is lower, so the largest harm is the lowest mean.
    assert low == pytest.approx(stored["control"] - stored["high"], abs=1e-5)
    assert high == pytest.approx(stored["control"] - stored["low"], abs=1e-5)
    assert chart["rail"][-1][1] == pytest.approx(stored["control"] - 0.03, abs=1e-5)
    early = chart["band"][0]
    assert early[2] - early[1] > high - low
    assert chart["control"][-1][0] == round(tick.at.timestamp() * 1000)


def test_a_chart_counts_each_call_once_though_minutes_and_hours_are_kept(
    shop: stages.World,
) -> None:
    scene = healthy(shop)
    stored = {m["metric"]: m for m in Tick.objects.get().evidence["metrics"]}["error"]
    dots = charts(monitor(scene), "canary")["error"]
    assert sum(dot[2] for dot in dots["treatment_dots"]) == stored["n_treatment"]
    assert sum(dot[2] for dot in dots["control_dots"]) == stored["n_control"]


def test_a_young_stage_is_drawn_by_minutes(shop: stages.World) -> None:
    scene = in_canary(shop, hours_ago=25, per_hour=300)
    scene.serve(scene.rollout.step_started_at, database_now(), step=HOUR / 12)
    scene.look()
    dots = charts(monitor(scene), "canary")["error"]["control_dots"]
    assert min(b[0] - a[0] for a, b in zip(dots, dots[1:], strict=False)) == 60_000


def test_the_share_that_calls_show_stands_beside_the_one_that_was_wanted(
    shop: stages.World,
) -> None:
    page = monitor(healthy(shop))
    assert re.search(r"2\d\.\d\d % of calls, wanted 25 % <span class=\"chip good\">", page)
    assert "0 % of calls got the version of the other side" in page


def test_who_fetches_and_cannot_report_is_named(shop: stages.World) -> None:
    from registry.runtime.models import Fetcher

    scene = healthy(shop)
    for scopes in (("read",), ("read", "ingest")):
        key = stages.key(shop, *scopes).key
        Fetcher.objects.create(
            key=key,
            prompt=scene.prompt,
            client=f"app-{len(scopes)}",
            label="production",
            last_fetch_at=database_now(),
        )
    page = monitor(scene)
    assert "1 of 2 clients may report; not" in page
    assert "no ingest scope" in page


def test_what_went_back_by_itself_is_told_first_and_drawn_from_its_verdict(
    shop: stages.World,
) -> None:
    scene = in_canary(shop, per_hour=120)
    scene.serve(scene.rollout.step_started_at, database_now(), new=Calls(errors=0.12))
    rollout = scene.look()
    assert rollout.ended_as == Rollout.EndedAs.REGRESSED
    Tick.objects.update(evidence={}, answer="undecided", reasons=[])  # later looks change nothing
    page = monitor(scene)
    assert re.match(r"1\.1\.0 went back by itself .*Errors rose from", headline(page))
    assert "Production goes on serving 1.0.0." in page
    first = re.search(r'<h3 id="canary-[^"]*">([A-Za-z]+) <span class="chip bad">worse', page)
    assert first
    assert first[1] == "Errors"
    assert page.index(first[0]) < page.index("Faithfulness")
    failed = Verdict.objects.get(outcome="fail")
    drawn = charts(page, "canary")["error"]["control"][-1][1]
    stored = {m["metric"]: m for m in failed.evidence["metrics"]}["error"]
    assert drawn == pytest.approx(stored["control"] * 100, abs=1e-4)
    assert "The answers that sank it" in page
    assert "Roll back to" not in page


def test_nothing_goes_on_after_a_failure_whoever_asks(shop: stages.World) -> None:
    scene = in_canary(shop, hours_ago=80)
    Verdict.objects.create(
        version=scene.rollout.version,
        kind="canary",
        outcome="fail",
        reasons=["Errors rose."],
        digest=scene.rollout.version.digest,
        rollout=scene.rollout,
        segment=Segment.objects.get(rollout=scene.rollout, ended_at=None),
    )
    page = monitor(scene)
    assert "It failed on live traffic and goes no further, whoever asks." in page
    assert "rollout/advance" not in page
    assert "Roll back to 1.0.0" in page


def test_a_step_that_is_not_over_cannot_be_taken_and_one_that_is_asks_for_a_reason(
    shop: stages.World,
) -> None:
    early = healthy(shop)
    assert "This step is not over yet." in monitor(early)
    due = in_canary(shop, "faq/tone", hours_ago=80, attended=True)
    page = monitor(due)
    form = re.search(r'<form method="post" action="[^"]*/rollout/advance">.*?</form>', page)
    assert form
    assert re.search(r'name="reason" required', form[0])
    assert "it stays marked as unmeasured" in form[0]
    client = Client()
    client.force_login(shop.person("lea"))
    sent = {"epoch": due.rollout.epoch, "reason": "I read forty answers.", "then": "monitor"}
    client.post("/projects/shop/prompts/faq/tone/rollout/advance", sent)
    due.rollout.refresh_from_db()
    assert due.rollout.percent == 50
    assert "I read forty answers." in monitor(due)


def test_roll_back_is_one_click_for_who_may_and_a_sentence_for_who_may_not(
    shop: stages.World,
) -> None:
    scene = healthy(shop)
    assert 'formaction="/projects/shop/prompts/support/system/rollout/back"' in monitor(scene)
    client = Client()
    client.force_login(shop.person("lea"))
    client.post("/projects/shop/prompts/support/system/rollout/back", {"reason": ""})
    page = monitor(scene)
    assert headline(page).startswith("lea rolled 1.1.0 back")
    other = healthy(shop, name="faq/tone")
    page = monitor(other, "vic")
    assert "rollout/back" not in page
    assert "releaser" in page


def test_a_hold_says_who_held_it_why_and_that_it_waits(shop: stages.World) -> None:
    scene = healthy(shop)
    reason = "The provider has an incident."
    hold(scene.rollout, actor=shop.actor("ana"), reason=reason, now=database_now())
    scene.rollout.refresh_from_db()
    page = monitor(scene)
    assert headline(page) == f"1.1.0 at 25 % for 26 of 48 h. Held: {reason}"
    assert "Held by ana: The provider has an incident." in page
    assert "rollout/resume" in page
    assert "rollout/hold" not in page


def test_an_attended_rollout_says_why_a_person_takes_each_step(shop: stages.World) -> None:
    scene = in_canary(shop, attended=None, silent=True, hours_ago=80, percent=None)
    page = monitor(scene)
    assert "Nobody reports what production answers, so nothing can be measured" in headline(page)
    assert "when a person takes the step" in page
    assert ">attended</span>" in page
    assert "Nothing has been measured yet." in page


def test_silence_is_held_with_its_reason(shop: stages.World) -> None:
    scene = in_canary(shop)
    scene.look()
    assert "Held: No calls have been reported for 26 hours" in headline(monitor(scene))


def test_what_serves_everyone_is_watched_on_against_its_figures_then(shop: stages.World) -> None:
    scene = begun(shop, hours_ago=24 + 48 + 6 + 10, per_hour=40)
    at = scene.rollout.started_at
    while scene.rollout.ended_at is None:
        until = at + timedelta(minutes=plan_of(scene.rollout).minutes_at(scene.rollout.percent))
        scene.serve(at, until)
        scene.step(at := until)
    scene.traffic.serve(at, database_now(), version=scene.rollout.version)
    scene.look()
    page = monitor(scene)
    assert headline(page).startswith("1.1.0 serves everyone since")
    assert "As good as when it was promoted" in headline(page)
    chart = charts(page, "watch")["score:faithfulness".replace(":", "-")]
    assert len({pair[1] for pair in chart["control"]}) == 1  # the reference is a flat line
    assert chart["treatment_dots"]
    assert "Roll back to 1.0.0" in page
    assert ">unmeasured</span>" in page  # Lea took the steps by hand


def test_attempts_tell_how_each_ended_and_each_keeps_its_page(shop: stages.World) -> None:
    scene = healthy(shop)
    roll_back(scene.prompt, actor=shop.actor("rui"), reason="Complaints.", now=database_now())
    page = monitor(scene)
    first = Rollout.objects.earliest("id")
    assert f'href="/projects/shop/prompts/support/system/rollouts/{first.pk}"' in page
    assert "rolled back by a person" in page
    old = page_of(shop, "vic", f"/projects/shop/prompts/support/system/rollouts/{first.pk}")
    assert headline(old).startswith("1.0.0 serves everyone since")


def test_a_rollout_of_another_prompt_or_project_is_not_there(shop: stages.World) -> None:
    scene = healthy(shop)
    other = stages.prompt_named(shop, "faq/tone")
    client = Client()
    client.force_login(shop.person("vic"))
    pk = scene.rollout.pk
    assert client.get(f"/projects/shop/prompts/{other.name}/rollouts/{pk}").status_code == 404
    assert client.get(f"/projects/shop/prompts/{other.name}/rollout").status_code == 404
    client.force_login(shop.person("oto"))
    assert client.get(f"/projects/shop/prompts/support/system/rollouts/{pk}").status_code == 404


def test_the_count_of_queries_does_not_grow_with_traffic_verdicts_or_attempts(
    shop: stages.World,
) -> None:
    scene = healthy(shop)
    client = Client()
    client.force_login(shop.person("lea"))
    path = "/projects/shop/prompts/support/system/rollout"
    client.get(path)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        return len(found)

    before = queries()
    scene.serve(database_now() - 3 * HOUR, database_now())
    scene.look()
    Verdict.objects.bulk_create(
        Verdict(
            version=scene.rollout.version,
            kind="canary",
            outcome="inconclusive",
            reasons=["Not sure."],
            digest=scene.rollout.version.digest,
            rollout=scene.rollout,
        )
        for _ in range(9)
    )
    assert scene.rollout.ended_at is None
    assert queries() == before
