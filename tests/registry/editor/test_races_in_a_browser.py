"""Double click, two tabs, two people at once: one version each, none lost, none overwritten."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from registry.prompts.models import Draft, Version
from tests import stages
from tests.registry.editor.browsers import EDIT, SAVE, held, signed_in, write
from tests.stages import World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(transactional_db: None) -> World:
    world = stages.world()
    stages.in_production(world, stages.prompt_named(world), "One.\nTwo.\nThree.")
    stages.Membership.objects.create(
        project=world.project, person=world.person("rui"), role="author"
    )
    return world


@pytest.fixture
def ana(shop: World, chromium: Browser, live_server: Any) -> Iterator[Page]:
    with signed_in(chromium, live_server.url, "ana") as page:
        page.goto(EDIT)
        yield page


@pytest.fixture
def rui(shop: World, chromium: Browser, live_server: Any) -> Iterator[Page]:
    with signed_in(chromium, live_server.url, "rui") as page:
        page.goto(EDIT)
        yield page


def ready(page: Page, text: str) -> None:
    """Type, give a reason and wait until the page knows the number."""
    write(page, text)
    page.fill("#reason", "For the race.")
    expect(page.locator("[data-meaning]")).to_contain_text("added", timeout=6000)
    expect(page.locator("[data-draft-status]")).to_contain_text("draft saved", timeout=6000)


def test_a_double_click_on_either_button_saves_one_version(ana: Page) -> None:
    ready(ana, " Be brief.")
    ana.locator("[data-save][name=then]").dblclick()
    ana.wait_for_url("**/versions/1.1.0")
    assert Version.objects.count() == 2


def test_enter_in_the_reason_saves_and_merges_nothing(ana: Page, rui: Page) -> None:
    ready(rui, " From Rui.")
    rui.click(SAVE)
    rui.wait_for_url("**/versions/1.1.0")
    ready(ana, " From Ana.")
    expect(ana.locator("[data-newer]")).to_contain_text("rui saved 1.1.0", timeout=6000)
    ana.press("#reason", "Enter")
    ana.wait_for_url("**/versions/1.2.0")
    assert Version.objects.get(minor=2).content == "One.\nTwo.\nThree. From Ana."


def test_two_people_who_press_save_at_once_get_a_version_each(ana: Page, rui: Page) -> None:
    ready(ana, " From Ana.")
    ready(rui, " From Rui.")
    for page in (ana, rui):  # both requests are on their way before either is answered
        page.evaluate(f"document.querySelector({SAVE!r}).click()")
    for page in (ana, rui):
        page.wait_for_url("**/versions/*")
    texts = {v.semver: v.content for v in Version.objects.exclude(major=1, minor=0)}
    assert set(texts) == {"1.1.0", "1.2.0"}
    assert set(texts.values()) == {"One.\nTwo.\nThree. From Ana.", "One.\nTwo.\nThree. From Rui."}


def test_of_two_tabs_of_one_person_both_can_save_and_neither_draft_is_overwritten(
    ana: Page,
) -> None:
    second = ana.context.new_page()
    second.goto(EDIT)
    ready(ana, " First tab.")
    write(second, " Second tab.")
    expect(second.locator("[data-draft-status]")).to_contain_text(
        "in another tab. Reload the page to see it", timeout=6000
    )
    assert Draft.objects.get().content.endswith("First tab.")
    second.fill("#reason", "The second tab.")
    ana.click(SAVE)
    ana.wait_for_url("**/versions/1.1.0")
    second.click(SAVE)
    second.wait_for_url("**/versions/1.2.0")
    assert Version.objects.get(minor=1).content.endswith("First tab.")
    assert Version.objects.get(minor=2).content.endswith("Second tab.")


def test_the_banner_merges_with_what_was_just_typed_and_the_merge_is_undone(
    ana: Page, rui: Page
) -> None:
    ready(rui, " Three by Rui.")
    rui.click(SAVE)
    rui.wait_for_url("**/versions/1.1.0")
    ready(ana, " Three by Ana.")
    expect(ana.locator("[data-newer]")).to_contain_text("rui saved 1.1.0", timeout=6000)
    write(ana, " And more.")
    ana.get_by_role("button", name="Merge 1.1.0 into my draft").click()
    expect(ana.get_by_text("Line 3: you and rui changed the same lines")).to_be_visible()
    assert "Three. Three by Ana. And more.\n======= rui, 1.1.0:\nThree. Three by Rui." in held(ana)
    expect(ana.locator("[data-meaning]")).to_contain_text("Lines 3, 5, 7")
    ana.locator("#put-aside summary").click()
    ana.get_by_role("button", name="Take back the draft").click()
    expect(ana.get_by_text("Your draft is back.")).to_be_visible()
    assert held(ana) == "One.\nTwo.\nThree. Three by Ana. And more."
