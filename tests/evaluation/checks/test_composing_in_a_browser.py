"""Composing checks in a real browser: rows that explain themselves, and a trial beside them."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from evaluation.offline.models import CaseResult, Suite
from tests import stages
from tests.registry.editor.browsers import signed_in
from tests.stages import World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUITE = "/projects/shop/prompts/support/system/evaluation"
SOON = 20_000  # milliseconds that a busy machine may take


@pytest.fixture
def shop(transactional_db: None) -> World:
    """A prompt with a check whose first version was evaluated."""
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world)
    stages.with_suite(world, prompt, checks=[{"type": "not_empty"}])
    stages.evaluated(world, stages.saved(world, prompt))
    return world


@pytest.fixture
def ana(shop: World, chromium: Browser, live_server: Any) -> Iterator[Page]:
    with signed_in(chromium, live_server.url, "ana") as page:
        page.set_default_timeout(SOON)
        page.goto(SUITE)
        yield page


def test_a_check_is_composed_by_its_example_tried_and_only_then_saved(ana: Page) -> None:
    said = ana.locator("[data-trial-said]")
    ana.locator("[data-trial-field=output]").fill('{"items": [{"status": "open"}]}')
    expect(said).to_have_text("1 passes.", timeout=SOON)

    ana.get_by_role("button", name="Add another check").click()
    row = ana.get_by_role("group", name="Check 3")
    row.get_by_label("The answer …").select_option("json_path")
    expect(row.get_by_label("Place")).to_be_visible()
    expect(row.get_by_label("At most")).to_be_hidden()
    expect(row).to_contain_text("[*] any item")
    row.get_by_role("button", name="Fill in the example").click()
    expect(row.get_by_label("Value there")).to_have_value("paid")
    expect(said).to_have_text("1 fails, 1 passes.", timeout=SOON)
    expect(ana.locator(".check-verdicts")).to_contain_text('stands "open", not "paid"')
    assert Suite.objects.get().checks == [{"type": "not_empty"}]

    row.get_by_label("must not").check()
    expect(said).to_have_text("2 pass.", timeout=SOON)
    ana.get_by_role("button", name="Save", exact=True).click()
    expect(ana.locator("body")).to_contain_text("The next version that is submitted uses it.")
    place = {"path": "$.items[*].status", "value": "paid", "negate": True}
    assert Suite.objects.get().checks == [{"type": "not_empty"}, {"type": "json_path", **place}]


def test_an_answer_of_the_last_run_is_taken_with_its_figures_by_keyboard(ana: Page) -> None:
    answer = CaseResult.objects.filter(arm="candidate").order_by("pk").first()
    assert answer is not None
    ana.get_by_label("An answer of run").focus()
    ana.keyboard.press("ArrowDown")
    expect(ana.locator("[data-trial-field=output]")).to_have_value(answer.output)
    expect(ana.locator("[data-trial-said]")).to_have_text("1 passes.", timeout=SOON)
    row = ana.get_by_role("group", name="Check 2")
    row.get_by_label("The answer …").select_option("latency_ms")
    row.get_by_label("At most, milliseconds").fill("0")
    expect(ana.locator(".check-verdicts")).to_contain_text("the rule says at most 0", timeout=SOON)


def test_a_row_that_is_not_readable_yet_is_told_without_losing_it(ana: Page) -> None:
    ana.locator("[data-trial-field=output]").fill("text")
    row = ana.get_by_role("group", name="Check 2")
    row.get_by_label("The answer …").select_option("regex")
    row.get_by_label("Pattern").fill("(?=never)")
    expect(ana.locator(".check-verdicts")).to_contain_text("not supported", timeout=SOON)
    expect(row.get_by_label("Pattern")).to_have_value("(?=never)")
