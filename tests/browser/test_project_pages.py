"""Set-up, inviting and signing in again, by people in a real browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, BrowserContext, Page, expect

from registry.projects.models import Membership, Project
from registry.projects.setup import setup_link
from registry.web.signin import SIGNED_IN_AT
from tests import stages
from tests.stages import PASSWORD, World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NewPage = Callable[..., Page]


@pytest.fixture
def new_page(chromium: Browser, live_server: Any) -> Iterator[NewPage]:
    """Return a page in a browser of its own, signed in as that person if one is named."""
    contexts: list[BrowserContext] = []

    def make(name: str = "") -> Page:
        context = chromium.new_context(base_url=live_server.url, timezone_id="Asia/Tokyo")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        if name:
            page.goto("/login/")
            page.get_by_label("Email or name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{live_server.url}/")
        return page

    yield make
    for context in contexts:
        context.close()


def serious(page: Page) -> list[str]:
    """Return the serious faults that axe finds on the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def test_from_the_set_up_link_to_a_colleague_who_joined(
    new_page: NewPage, live_server: Any
) -> None:
    link = setup_link(live_server.url)
    assert link is not None
    admin = new_page()
    admin.goto(link)
    assert serious(admin) == []
    assert admin.get_by_label("Time zone").input_value() == "Asia/Tokyo"
    admin.get_by_label("Your name").fill("Ada Adler")
    admin.get_by_label("Email").fill("ada@acme.example")
    admin.get_by_label("Password").fill("a long enough phrase")
    admin.get_by_label("What is the first project called?").fill("Acme")
    admin.get_by_label("No, I work alone").check()
    admin.get_by_role("button", name="Start").click()
    admin.wait_for_url("**/projects/acme")
    assert Project.objects.get().preset == "solo"
    admin.get_by_role("link", name="Members", exact=True).click()
    admin.get_by_role("link", name="Invite somebody").click()
    admin.get_by_label("reviewer", exact=False).first.check()
    admin.get_by_role("button", name="Make the link").click()
    shown = admin.get_by_label("Link", exact=True).input_value()
    expect(admin.get_by_role("button", name="Copy")).to_be_visible()
    colleague = new_page()
    colleague.goto(shown)
    colleague.get_by_label("Your name").fill("Rui Rocha")
    colleague.get_by_label("Email").fill("rui@acme.example")
    colleague.get_by_label("Password").fill("another long phrase")
    colleague.get_by_role("button", name="Create the account").click()
    colleague.wait_for_url("**/projects/acme")
    admin.goto("/projects/acme")
    admin.get_by_role("link", name="Switch to team").click()
    expect(admin.get_by_label("team", exact=False).first).to_be_checked()
    admin.get_by_label("Why?").fill("Rui reviews now.")
    admin.get_by_role("button", name="Change the preset").click()
    admin.wait_for_url("**/projects/acme/policy")
    assert Project.objects.get().preset == "team"


def make_stale() -> None:
    """Let every session's password entry be an hour ago."""
    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        session[SIGNED_IN_AT] = 0
        session.save()


def test_a_password_asked_in_place_loses_nothing_that_was_typed(new_page: NewPage) -> None:
    shop: World = stages.world()
    vic = shop.person("vic")
    page = new_page("ada")
    page.goto(f"/projects/shop/members/{vic.pk}")
    make_stale()
    page.get_by_label("author", exact=False).first.check()
    page.get_by_label("Why?").first.fill('She writes now; it\'s "urgent" & <fine>.')
    page.get_by_role("button", name="Save the roles").click()
    assert serious(page) == []
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("This is not your password")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/projects/shop/members")
    roles = Membership.objects.filter(person=vic).values_list("role", flat=True)
    assert set(roles) == {"viewer", "author"}
    reason = Membership.history.filter(person=vic, role="author").get().history_change_reason
    assert reason == 'She writes now; it\'s "urgent" & <fine>.'
