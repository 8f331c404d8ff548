"""The buttons above the text, roles of one's own, and the way past the navigation."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from registry.prompts.models import Draft
from tests import stages
from tests.registry.editor.browsers import EDIT, held, signed_in, write
from tests.stages import World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(transactional_db: None) -> World:
    world = stages.world()
    stages.in_production(world, stages.prompt_named(world))
    stages.prompt_named(world, "support/chat", kind="chat")
    return world


@pytest.fixture
def ana(shop: World, chromium: Browser, live_server: Any) -> Iterator[Page]:
    with signed_in(chromium, live_server.url, "ana") as page:
        yield page


def test_undo_redo_find_replace_and_wrap_are_buttons(ana: Page) -> None:
    ana.goto(EDIT)
    write(ana, " Extra.")
    ana.get_by_role("button", name="Undo").click()
    assert held(ana) == stages.FIRST_TEXT
    ana.get_by_role("button", name="Redo").click()
    assert held(ana).endswith("Extra.")
    ana.get_by_role("button", name="Find and replace").click()
    search, replace = (ana.locator(".ace_search_field").nth(place) for place in (0, 1))
    search.fill("Extra")
    replace.fill("More")
    replace.press("Enter")
    expect(ana.locator("#text")).to_have_value(stages.FIRST_TEXT + " More.")
    wrap = ana.get_by_role("button", name="Wrap lines")
    wrap.click()
    expect(wrap).to_have_attribute("aria-pressed", "false")
    ana.reload()
    expect(ana.get_by_role("button", name="Wrap lines")).to_have_attribute("aria-pressed", "false")
    wraps = "document.querySelector('.ace-holder').aceEditor.session.getUseWrapMode()"
    ana.wait_for_selector(".ace-holder")
    assert ana.evaluate(wraps) is False


def test_a_role_of_ones_own_is_typed_and_survives_a_reload(ana: Page) -> None:
    ana.goto("/projects/shop/prompts/support/chat/edit")
    expect(ana.locator("[data-meaning]")).to_contain_text("Write what the model should do.")
    expect(ana.locator("[name=role_other]")).to_be_hidden()
    ana.locator("[name=role]").select_option("other…")
    expect(ana.locator("[name=role_other]")).to_be_focused()
    ana.keyboard.type("narrator")
    write(ana, "You tell stories.")
    expect(ana.locator("[data-draft-status]")).to_contain_text("draft saved", timeout=6000)
    assert Draft.objects.get().content == [{"role": "narrator", "content": "You tell stories."}]
    ana.reload()
    expect(ana.locator("[name=role_other]")).to_have_value("narrator")
    expect(ana.locator("[data-preview]")).to_contain_text("narrator")


def test_the_first_tab_stop_skips_the_navigation(ana: Page) -> None:
    ana.goto(EDIT)
    ana.keyboard.press("Tab")
    assert ana.evaluate("document.activeElement.textContent") == "Skip to the content"
    ana.keyboard.press("Enter")
    ana.keyboard.press("Tab")
    assert ana.evaluate("!!document.activeElement.closest('#content')")
