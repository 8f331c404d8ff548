"""A run watched in a real browser: figures move in place until the verdict takes their place."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from evaluation.offline.judging.replays.work import work_on_replay
from evaluation.offline.models import CaseResult, Replay, Run
from registry.prompts.models import Prompt
from tests.browsers import sign_in
from tests.evaluation.report.conftest import Model, finish, queued
from tests.evaluation.report.test_live import Arm, answers, begun
from tests.stages import World

pytestmark = pytest.mark.browser
SECONDS = 30_000  # a busy machine


@pytest.fixture
def db(transactional_db: None) -> None:
    """Let the server's threads see what the test writes."""


@pytest.fixture
def page(chromium: Browser, live_server: Any, shop: World) -> Any:
    """A page in a browser of Ana's."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1366, "height": 768}
    )
    context.set_default_timeout(SECONDS)
    page = context.new_page()
    sign_in(context, live_server.url, "ana")
    yield page
    context.close()


def test_figures_and_newly_failing_cases_land_without_a_reload_and_then_the_verdict(
    page: Page, shop: World, prompt: Prompt, model: Model
) -> None:
    lost = ("Question 2?", "Question 3?")
    model.answer = lambda text, query: (
        "none" if "please" in text and query in lost else f"Your order. {query}"
    )
    run = begun(queued(shop, prompt), 10)
    page.goto(f"/projects/shop/runs/{run.pk}")
    page.evaluate("window.stayed = true")
    expect(page.locator("[data-word=cases]")).to_have_text("0 of 24")
    answers(run, Arm.CANDIDATE, "order", "no idea")
    answers(run, Arm.BASELINE, "order", "order")
    expect(page.locator("[data-word=cases]")).to_have_text("2 of 24", timeout=SECONDS)
    link = page.get_by_role("link", name="q02")
    expect(link).to_be_visible()
    link.focus()
    answers(run, Arm.CANDIDATE, "none", first=2)
    answers(run, Arm.BASELINE, "order", first=2)
    expect(page.locator("#run-failing")).to_have_text("2", timeout=SECONDS)
    expect(link).to_be_focused()  # what was read stays under the reader
    finish(run)
    expect(page.locator("#run-headline")).to_contain_text("Blocked: 2 of 24", timeout=SECONDS)
    expect(page.get_by_role("heading", name="Now failing (2)")).to_be_visible()
    assert page.evaluate("window.stayed")
    expect(page.locator("#run-trend")).to_be_visible()
    assert CaseResult.objects.filter(run=run, arm=Arm.CANDIDATE, repeat=1).count() == 24


def test_a_case_is_marked_and_the_judge_asked_again_by_keyboard(
    page: Page, shop: World, prompt: Prompt, model: Model
) -> None:
    run: Run = finish(queued(shop, prompt))
    page.goto(f"/projects/shop/runs/{run.pk}?case=q05")
    judged = page.locator(".judged").first
    judged.get_by_text("The judge is wrong").focus()
    page.keyboard.press("Enter")
    judged.get_by_label("deserves").select_option("2")
    judged.get_by_label("because").fill("It invents a date.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("ana would have given 2.")).to_be_visible(timeout=SECONDS)
    page.locator(".judged").first.get_by_role("button", name="Ask the judge again").press("Enter")
    expect(page.get_by_text("The judge is being asked again")).to_be_visible(timeout=SECONDS)
    work_on_replay(Replay.objects.get().pk)
    page.reload()
    expect(page.get_by_text("asked again", exact=True).first).to_be_visible(timeout=SECONDS)
