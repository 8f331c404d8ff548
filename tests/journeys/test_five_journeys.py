"""One prompt travels the whole road: edit, evaluate, sign and ship, fetch, undo."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from registry.audit.verify import verify
from registry.prompts.models import Prompt
from registry.release.models import Rollout
from tests import stages
from tests.journeys.conftest import FetchPrompt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "support/system"
PAGE = f"/projects/shop/prompts/{NAME}"


@pytest.fixture
def shop(transactional_db: None) -> stages.World:
    """A sandbox whose prompt serves 1.0.0 and has golden cases."""
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world, NAME)
    stages.in_production(world, prompt)
    stages.with_suite(world, prompt)
    return world


def test_a_major_change_travels_from_the_editor_to_production_and_back(
    shop: stages.World, worker: None, open_as: Callable[[str], Page], fetch: FetchPrompt
) -> None:
    key = stages.key(shop).secret
    prompt = Prompt.objects.get()

    # 1. Ana edits and saves. Nothing is served by that.
    ana = open_as("ana")
    ana.goto(PAGE)
    ana.get_by_role("link", name="Edit", exact=True).click()
    write_at_the_end(ana, " Always name the order number in your answer.")
    expect(ana.locator("[data-meaning]")).to_contain_text("MINOR")
    ana.get_by_label("Why?").fill("Customers ask for the order number.")
    ana.get_by_label("Size of the change").select_option("MAJOR")
    ana.get_by_role("button", name="Save 2.0.0", exact=True).click()
    ana.wait_for_url(f"**{PAGE}/versions/2.0.0*")
    assert fetch(key, NAME)[1]["version"] == "1.0.0"

    # 2. She submits; a worker evaluates it on the golden cases.
    ana.get_by_role("button", name="Submit").click()
    wait_until(ana, "in review")
    run = prompt.runs.get()
    # A MAJOR answers each case twice.
    assert (run.state, run.results.count()) == ("passed", 96)

    # 3. Rui signs, Lea ships.
    rui = open_as("rui")
    rui.get_by_role("link", name=f"{NAME} 2.0.0").first.click()
    rui.get_by_role("button", name="Approve").click()
    expect(rui.locator("main, #main").first).to_contain_text("cleared")
    lea = open_as("lea")
    lea.goto(f"{PAGE}/versions/2.0.0")
    lea.get_by_role("link", name="Start the rollout").click()
    lea.get_by_role("button", name="Start 2.0.0").click()
    lea.wait_for_url(re.compile(f"{PAGE}(/rollout)?$"))
    for percent in (5, 25, 50):
        let_the_step_pass(prompt)
        advance(lea)
        status, body, _ = fetch(key, NAME)
        assert (status, body["version"]) == (200, "1.0.0")
        assert body["rollout"]["percent"] == percent
        assert body["rollout"]["treatment"]["version"] == "2.0.0"
    let_the_step_pass(prompt)
    advance(lea)

    # 4. The application fetches it, by label and by number, and asks again cheaply.
    status, body, headers = fetch(key, NAME)
    assert (status, body["version"], body["rollout"]) == (200, "2.0.0", None)
    assert "Always name the order number" in body["template"]
    assert fetch(key, NAME, **{"If-None-Match": headers["ETag"]})[0] == 304
    assert fetch(key, NAME, "version=1.0.0")[1]["version"] == "1.0.0"

    # 5. One click undoes it; the very next fetch sees that, and the ledger tells the story.
    lea.goto(PAGE)
    lea.get_by_role("button", name="Roll back").first.click()
    expect(lea.locator("body")).to_contain_text("1.0.0")
    started = time.monotonic()
    while fetch(key, NAME)[1]["version"] != "1.0.0":
        assert time.monotonic() - started < 0.5, "the rollback was not visible in half a second"
    lea.goto(f"{PAGE}/ledger")
    expect(lea.locator("body")).to_contain_text("2.0.0")
    assert list(verify()) == []


def write_at_the_end(page: Page, text: str) -> None:
    """Type at the end of the prompt, as a person with a keyboard does."""
    page.locator(".ace_editor").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def wait_until(page: Page, state: str) -> None:
    """Reload a version's page until it says `state`."""
    until = time.monotonic() + 30
    while state not in page.inner_text("body").lower():
        assert time.monotonic() < until, page.inner_text("body")
        page.wait_for_timeout(300)
        page.reload()


def let_the_step_pass(prompt: Prompt) -> None:
    """Make the present step older than it has to be."""
    rollout = prompt.rollouts.first()
    Rollout.objects.filter(pk=rollout.pk).update(
        step_started_at=rollout.step_started_at - timedelta(days=10)
    )


def advance(page: Page) -> None:
    """Take the next step on the prompt's page; nothing is measured here, so it wants a reason."""
    page.goto(PAGE)
    page.get_by_label("Why?").first.fill("Read ten answers of each.")
    page.get_by_role("button", name="Advance to").click()
    page.wait_for_url(f"**{PAGE}*")
