"""The monitor in a real browser: drawn, renewed under the reader, within reach by keyboard."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from evaluation.online.models import Watch
from registry.audit.clock import database_now
from registry.release.models import Rollout, Tick
from tests import stages
from tests.browsers import sign_in
from tests.evaluation.online.pages.live import Calls, Scene, in_canary

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECONDS = 30_000  # a busy machine
MONITOR = "/projects/shop/prompts/support/system/rollout"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """A rollout at 25 % for 26 hours, looked at once."""
    found = in_canary(stages.world(), per_hour=30)
    found.serve(found.rollout.step_started_at, database_now())
    found.look()
    return found


@pytest.fixture
def context(chromium: Browser, live_server: Any, scene: Scene) -> Iterator[BrowserContext]:
    """A browser of Lea's, whose clock a test may turn."""
    found = chromium.new_context(base_url=live_server.url, viewport={"width": 1366, "height": 768})
    found.set_default_timeout(SECONDS)
    sign_in(found, live_server.url, "lea")
    yield found
    found.close()


def drawn(page: Page, key: str) -> bool:
    """Is there ink on the chart of one metric?"""
    return bool(
        page.evaluate(
            """(key) => {
                const canvas = document.querySelector(`canvas[data-chart="${key}"]`);
                const { width, height } = canvas;
                const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
                return pixels.some((value) => value > 0);
            }""",
            key,
        )
    )


def test_charts_are_drawn_named_in_words_and_told_as_a_table(
    context: BrowserContext, scene: Scene
) -> None:
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.goto(MONITOR)
    chart = page.locator('canvas[data-chart="score-faithfulness"]')
    expect(chart).to_have_attribute("aria-label", re.compile(r"1\.1\.0 0\.8\d, 1\.0\.0 0\.8\d"))
    assert drawn(page, "score-faithfulness")
    assert drawn(page, "error")
    table = page.locator('details[data-table="error"]')
    table.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(table.locator("tbody tr").first).to_contain_text("%")
    page.get_by_text("On staging, against what is known").click()
    expect(page.locator("#part-soak, details[data-part][open]")).to_be_visible()
    assert problems == []


def test_it_is_renewed_without_taking_the_focus_or_what_is_typed(
    context: BrowserContext, scene: Scene
) -> None:
    page = context.new_page()
    page.clock.install()
    page.goto(MONITOR)
    page.evaluate("window.stayed = true")
    test = page.locator("#test-canary-error")
    test.locator("summary").click()
    reason = page.get_by_label("Why?")
    reason.fill("Half a sent")
    Tick.objects.filter(rollout=scene.rollout).update(reasons=["Something new was seen."])
    page.clock.run_for(31_000)
    expect(page.locator(".verdict")).to_contain_text("Something new was seen.", timeout=SECONDS)
    expect(reason).to_be_focused()
    expect(reason).to_have_value("Half a sent")
    expect(test).to_have_attribute("open", "")
    assert page.evaluate("window.stayed")


def test_going_back_is_one_click_from_anywhere_on_a_telephone(
    chromium: Browser, live_server: Any, scene: Scene
) -> None:
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 390, "height": 800})
    context.set_default_timeout(SECONDS)
    sign_in(context, live_server.url, "lea")
    page = context.new_page()
    page.goto(MONITOR)
    button = page.get_by_role("button", name="Roll back to 1.0.0")
    expect(button).to_be_in_viewport()
    page.get_by_role("heading", name="Attempts").scroll_into_view_if_needed()
    expect(button).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    button.click()
    expect(page.locator(".verdict")).to_contain_text("lea rolled 1.1.0 back", timeout=SECONDS)
    scene.rollout.refresh_from_db()
    assert scene.rollout.ended_as == Rollout.EndedAs.BY_PERSON
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_it_has_a_serious_barrier(
    chromium: Browser, live_server: Any, scene: Scene, scheme: Any
) -> None:
    harmful = in_canary(scene.world, "billing/dunning", per_hour=60)
    harmful.serve(harmful.rollout.step_started_at, database_now(), new=Calls(errors=0.4))
    assert harmful.look().ended_as == Rollout.EndedAs.REGRESSED
    in_canary(scene.world, "faq/tone", hours_ago=80, attended=True)
    assert Watch.objects.count() == 3
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1366, "height": 768}, color_scheme=scheme
    )
    context.set_default_timeout(SECONDS)
    sign_in(context, live_server.url, "lea")
    page = context.new_page()
    problems = []
    for path in (
        MONITOR,
        "/projects/shop/prompts/billing/dunning/rollout",
        "/projects/shop/prompts/faq/tone/rollout",
        "/projects/shop/prompts/support/system/versions/1.1.0/production",
        "/projects/shop/rollouts",
    ):
        page.goto(path)
        for summary in page.locator(".page summary").all():
            if summary.is_visible():
                summary.click()
        found = Axe().run(page).response["violations"]
        problems += [
            f"{path}: {v['id']} {v['nodes'][0]['html'][:120]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
    assert problems == []
    context.close()
