"""The session ends while somebody types: the dialog, by keyboard, and the text stays."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from registry.prompts.models import Draft, Version
from tests import stages
from tests.registry.editor.browsers import EDIT, SAVE, end_session, held, signed_in, write

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ana(transactional_db: None, chromium: Browser, live_server: Any) -> Iterator[Page]:
    world = stages.world()
    stages.in_production(world, stages.prompt_named(world))
    with signed_in(chromium, live_server.url, "ana") as page:
        page.goto(EDIT)
        yield page


def test_the_password_is_asked_in_place_and_the_autosave_goes_on(ana: Page) -> None:
    end_session(ana)
    write(ana, " Typed while signed out.")
    expect(ana.get_by_role("dialog", name="You are signed out")).to_be_visible(timeout=6000)
    expect(ana.locator("#sign-in-password")).to_be_focused()
    for _ in range(4):  # the focus stays inside: it never reaches the page below
        ana.keyboard.press("Tab")
        assert ana.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    ana.fill("#sign-in-password", "wrong")
    ana.press("#sign-in-password", "Enter")
    expect(ana.locator("#sign-in-error")).to_contain_text("do not match")
    ana.keyboard.type(stages.PASSWORD)
    ana.keyboard.press("Enter")
    expect(ana.locator("[data-draft-status]")).to_contain_text("draft saved", timeout=6000)
    assert Draft.objects.get().content.endswith("Typed while signed out.")
    # The cursor is back where it was, and the next key goes on.
    ana.keyboard.type(" On.")
    assert held(ana).endswith("signed out. On.")


def test_not_now_keeps_the_text_asks_no_more_and_leaves_a_button(ana: Page) -> None:
    end_session(ana)
    write(ana, " Still here.")
    dialog = ana.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible(timeout=6000)
    ana.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(ana.locator("[data-draft-status]")).to_contain_text("your text stays here")
    ana.keyboard.press("Control+s")
    expect(ana.locator("[data-draft-status]")).to_contain_text("your text stays here")
    expect(dialog).to_be_hidden()
    ana.get_by_role("button", name="Sign in again").click()
    ana.fill("#sign-in-password", stages.PASSWORD)
    ana.get_by_role("button", name="Sign in and go on").click()
    expect(ana.locator("[data-draft-status]")).to_contain_text("draft saved", timeout=6000)
    expect(ana.get_by_role("button", name="Sign in again")).to_be_hidden()
    assert held(ana).endswith("Still here.")


def test_a_save_without_a_session_asks_first_and_then_saves(ana: Page) -> None:
    write(ana, " Be brief.")
    ana.fill("#reason", "Shorter.")
    expect(ana.locator("[data-draft-status]")).to_contain_text("draft saved", timeout=6000)
    end_session(ana)
    ana.click(SAVE)
    expect(ana.locator("#sign-in-password")).to_be_focused()
    ana.keyboard.type(stages.PASSWORD)
    ana.keyboard.press("Enter")
    ana.wait_for_url("**/versions/1.1.0")
    assert Version.objects.count() == 2


def test_somebody_else_in_another_tab_is_told_whose_text_it_is(ana: Page) -> None:
    end_session(ana)
    other = ana.context.new_page()
    other.goto("/login/")
    other.fill("input[name=username]", "rui")
    other.fill("input[name=password]", stages.PASSWORD)
    other.click("button[type=submit]")
    other.wait_for_url("**/")
    write(ana, " Ana's words.")
    ana.click(SAVE)
    expect(ana.locator("[data-draft-status]")).to_contain_text(
        "signed in as rui in another tab, and this text is not theirs", timeout=6000
    )
    assert held(ana).endswith("Ana's words.")
    assert not Draft.objects.exists()
    assert Version.objects.count() == 1
