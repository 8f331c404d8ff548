"""Marking in a real browser: keys choose and keep, and no score is in sight."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from evaluation.offline.judging.replays.start import replay_marked
from evaluation.offline.judging.replays.work import work_on_replay
from evaluation.offline.models import JudgeMark
from tests import stages
from tests.browsers import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_keys_mark_one_answer_after_another_and_a_replay_shows_its_end(
    transactional_db: None, chromium: Browser, live_server: Any
) -> None:
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world)
    first = stages.in_production(world, prompt)
    stages.with_suite(world, prompt)
    text = stages.FIRST_TEXT + " Always name the order number."
    stages.evaluated(world, stages.saved(world, prompt, text, base=first))
    version = stages.with_judge(world)
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1366, "height": 768}
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    sign_in(context, live_server.url, "rui")
    page.goto(f"/projects/shop/judges/{version.judge_id}/mark")
    keep = page.get_by_role("button", name="Keep and go on")
    expect(keep).to_be_in_viewport()
    for key, marked in (("4", 1), ("2", 2)):
        page.keyboard.press(key)
        expect(page.locator(f"input[name=score][value='{key}']")).to_be_checked()
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"{marked} of 50 answers are marked")).to_be_visible()
    page.locator("#note").click()
    page.keyboard.type("5 is what I type into the note")
    expect(page.locator("input[name=score]:checked")).to_have_count(0)
    assert sorted(JudgeMark.objects.values_list("score", flat=True)) == [2, 4]

    replay = replay_marked(version, actor=world.actor("rui"), reason="To see it end.")
    page.goto(f"/projects/shop/replays/{replay.pk}")
    expect(page.get_by_text("scores 2 answers: 0 done")).to_be_visible()
    work_on_replay(replay.pk)
    expect(page.get_by_text("scored 2 of 2 answers")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    context.close()
