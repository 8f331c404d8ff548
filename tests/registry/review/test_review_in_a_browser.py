"""A review on a phone: comment on a line, ask for changes, read the answer, approve; then axe."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from registry.prompts.models import Prompt
from registry.release.comments import comment_on
from registry.release.models import Comment, Release
from tests import stages
from tests.browsers import sign_in
from tests.stages import World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROMPT = "/projects/shop/prompts/support/system"
PHONE = {"width": 390, "height": 800}
WIDE = {"width": 1366, "height": 768}
TEXT = "You are kind to {{company}}.\nMention the order number.\nThe plan is {{plan}}."
HOSTILE = "<img src=x onerror=\"document.title='owned'\"> {{7*7}} <script>alert(1)</script>"
HARMLESS = "the server responded with a status of 4"  # said of every 4xx, also wanted ones


@pytest.fixture
def shop(transactional_db: None) -> World:
    """Ana's 2.0.0 of three lines waits for a signature."""
    world = stages.world()
    prompt = stages.prompt_named(world)
    first = stages.in_production(world, prompt)
    stages.in_review_or_cleared(world, stages.saved(world, prompt, TEXT, base=first))
    return world


@pytest.fixture
def open_as(shop: World, chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Sign somebody in; whatever a console complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(name: str, **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" else None,
        )
        sign_in(context, live_server.url, name)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in complaints if HARMLESS not in text] == []


def serious(page: Page) -> list[str]:
    """Return the serious and critical faults that axe finds."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def test_a_reviewer_on_a_phone_comments_asks_for_changes_and_approves_the_answer(
    shop: World, open_as: Callable[..., Page]
) -> None:
    rui = open_as("rui", viewport=PHONE, has_touch=True)
    rui.goto("/")
    rui.get_by_role("link", name="support/system 2.0.0").first.click()
    rui.locator("[data-line='2']").first.tap()
    expect(rui.locator("[data-about]")).to_have_text("line 2")
    rui.get_by_label("Comment on").fill("Which number, ours or the shop's?")
    rui.get_by_label("No approval until this is resolved").check()
    rui.get_by_role("button", name="Comment", exact=True).click()
    expect(rui.locator(".line-note")).to_have_text("rui: Which number, ours or the shop's?")
    assert rui.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    rui.get_by_role("button", name="Request changes").click()
    expect(rui.get_by_role("alert")).to_contain_text("the author reads it")
    rui.get_by_label("Your words to ana").fill("See my comment.")
    rui.get_by_role("button", name="Request changes").click()
    expect(rui.locator(".headline")).to_contain_text(
        "rui asked for changes: “See my comment.” ana saves a new"
    )

    prompt = Prompt.objects.get()
    asked = prompt.versions.get(revision=2)
    better = TEXT.replace("the order number.", "the shop's order number.\nBe brief.")
    answer = stages.saved(shop, prompt, better, base=asked)
    stages.in_review_or_cleared(shop, answer)

    rui.goto("/inbox")
    rui.get_by_role("link", name=f"support/system {answer.semver}").first.click()
    expect(rui.locator("h2#text")).to_have_text("Changes since your review of 2.0.0")
    expect(rui.locator(".thread")).to_contain_text("words that are gone")
    expect(rui.locator(".bar")).to_contain_text("No approval yet: a comment of rui is still open.")
    expect(rui.get_by_role("button", name="Approve")).to_have_count(0)
    rui.get_by_role("button", name="Resolve the comment of rui").click()
    rui.get_by_role("button", name="Approve").click()
    expect(rui.locator(".headline")).to_contain_text(f"rui approved {answer.semver}.")
    assert Release.objects.get(version=answer).state == "cleared"


def test_lines_are_chosen_and_commented_on_by_keys_alone(
    shop: World, open_as: Callable[..., Page]
) -> None:
    rui = open_as("rui", viewport=WIDE)
    rui.goto(f"{PROMPT}/versions/2.0.0/review")
    line = rui.locator("[data-line='1']").first
    expect(rui.locator("[data-line][tabindex='0']")).to_have_count(1)
    line.focus()
    rui.keyboard.press("Shift+ArrowDown")
    rui.keyboard.press("Enter")
    expect(rui.locator("[data-about]")).to_have_text("lines 1 to 2")
    rui.keyboard.type("Both of these?")
    rui.keyboard.press("Tab")
    rui.keyboard.press("Tab")
    expect(rui.get_by_role("button", name="Comment", exact=True)).to_be_focused()
    rui.keyboard.press("Enter")
    expect(rui.locator(".line-note")).to_have_text("rui: Both of these?")
    assert Comment.objects.get().anchor == "lines:1:1-2"
    rui.locator("[data-line='2']").first.focus()
    rui.keyboard.press("Enter")
    rui.keyboard.press("Escape")
    expect(rui.locator(".discussion [data-comment-form]")).to_be_visible()
    expect(rui.locator("[data-about]")).to_have_text("the version as a whole")


def test_hostile_words_stay_words_beside_lines_and_in_lists(
    shop: World, open_as: Callable[..., Page]
) -> None:
    version = Prompt.objects.get().versions.get(revision=2)
    comment_on(version, text=HOSTILE, actor=shop.actor("lea"), anchor="lines:1:2-2")
    rui = open_as("rui", viewport=WIDE)
    for path in ("/", "/inbox", f"{PROMPT}/versions/2.0.0/review"):
        rui.goto(path)
        rui.wait_for_timeout(200)
        assert rui.title() != "owned"
    expect(rui.locator(".line-note")).to_have_text(f"lea: {HOSTILE}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_serious_barrier_and_fit_on_a_phone(
    shop: World, open_as: Callable[..., Page], scheme: str
) -> None:
    version = Prompt.objects.get().versions.get(revision=2)
    objection = comment_on(
        version, text="Why?", actor=shop.actor("lea"), anchor="lines:1:2-2", blocking=True
    )
    comment_on(version, text="Because.", actor=shop.actor("ana"), reply_to=objection)
    for size in (WIDE, PHONE):
        rui = open_as("rui", viewport=size, color_scheme=scheme)
        review = f"{PROMPT}/versions/2.0.0/review"
        for path in ("/", "/inbox", "/inbox?tab=mine", "/inbox?tab=decided", review):
            rui.goto(path)
            rui.wait_for_timeout(150)
            assert serious(rui) == [], f"{path} {size}"
            assert rui.evaluate("document.documentElement.scrollWidth") == size["width"], path
