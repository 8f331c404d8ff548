"""The pages in a real browser: no serious fault for people with aids, nothing the policy blocks."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests import stages
from tests.browsers import sign_in
from tests.stages import World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROMPT = "/projects/shop/prompts/support/system"
PAGES = [
    "/",
    "/registry/prompt/",
    "/registry/prompt/?folder=support/&is=rollout",
    "/search?q=support",
    "/registry/version/",
    "/registry/event/",
    "/registry/event/1/change/",
    "/registry/prompt/1/history/",
    PROMPT,
    f"{PROMPT}/versions/1.1.0",
    f"{PROMPT}/ledger",
    f"{PROMPT}/settings",
    "/projects/shop/prompts/new",
    "/projects/shop/prompts/none",
]
SIZES = {"wide": {"width": 1366, "height": 768}, "narrow": {"width": 390, "height": 844}}


@pytest.fixture
def shop(transactional_db: None) -> World:
    """A prompt with 1.0.0 in production and 1.1.0 at 5 %."""
    shop = stages.world()
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    stages.in_canary(shop, prompt)
    return shop


@pytest.fixture(params=[("light", "wide"), ("dark", "narrow")], ids="-".join)
def look(request: Any, chromium: Browser, live_server: Any, shop: World) -> Iterator[Page]:
    """Ana's browser, signed in."""
    scheme, size = request.param
    context = chromium.new_context(
        base_url=live_server.url, color_scheme=scheme, viewport=SIZES[size]
    )
    page = context.new_page()
    sign_in(context, live_server.url, "ana")
    yield page
    context.close()


def test_every_page_reads_well_with_aids_and_asks_for_nothing_that_is_blocked(look: Page) -> None:
    blocked: list[str] = []
    look.on("console", lambda m: blocked.append(m.text) if "Content Security" in m.text else None)
    look.on("pageerror", lambda error: blocked.append(str(error)))
    faults: dict[str, Any] = {}
    for address in PAGES:
        look.goto(address)
        look.wait_for_function("document.querySelector('[role=main]')")
        found = Axe().run(look).response["violations"]
        serious = [f["id"] for f in found if f["impact"] in ("serious", "critical")]
        wider = look.evaluate("document.documentElement.scrollWidth - innerWidth")
        if serious or wider > 0:
            faults[address] = (serious, wider)
    assert faults == {}
    assert blocked == []


def test_the_navigation_and_the_main_thing_are_reached_by_keyboard(look: Page) -> None:
    look.goto(PROMPT)
    reached = set()
    for _ in range(40):
        look.keyboard.press("Tab")
        reached.add(look.evaluate("document.activeElement.textContent.trim()"))
    assert {"Edit", "Ledger"} <= reached
    look.get_by_role("link", name="Edit", exact=True).press("Enter")
    look.wait_for_url(f"**{PROMPT}/edit")
    assert "support/system" in look.inner_text("body")
