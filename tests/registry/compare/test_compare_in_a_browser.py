"""The comparison as a person uses it: keys, folds, copying, a phone, and texts that attack."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from evaluation.offline.models import CaseResult, Run
from evaluation.offline.submit import submit
from registry.domain.content import Content
from registry.domain.semver import Bump
from registry.prompts.models import Prompt, Version
from registry.prompts.save import save_version
from tests import stages
from tests.browsers import sign_in
from tests.stages import World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHAT = "/projects/shop/prompts/support/chat/compare/1.0.0...2.0.0"
TEXT = "/projects/shop/prompts/support/system/compare/1.0.0...1.1.0"
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>"
    "<style>body{display:none}</style><a href='javascript:alert(3)'>x</a> \u202edrowssap\u202c"
)


@pytest.fixture
def shop(transactional_db: None) -> World:
    return stages.world(sandbox=True)


@pytest.fixture
def vic(shop: World, chromium: Browser, live_server: Any) -> Iterator[Page]:
    """Vic's browser, signed in; a dialog or a complaint in its console fails the test."""
    context = chromium.new_context(
        base_url=live_server.url,
        viewport={"width": 1366, "height": 768},
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
    )
    sign_in(context, live_server.url, "vic")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def chat(shop: World) -> Prompt:
    """A chat whose second version changes rules far apart, moves a message, and attacks."""
    prompt = stages.prompt_named(shop, "support/chat", kind="chat")
    rules = [f"Rule {n}: be kind in point {n}." for n in range(1, 41)]
    base = None
    for first, last, order in (("1", "40", 1), ("one {{plan}}", f"forty {EVIL}", -1)):
        system = "\n".join([f"First {first}.", *rules, f"Last {last}"])
        shots = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hi."}]
        base = save_version(
            prompt,
            content=Content.from_fields(
                "chat",
                [{"role": "system", "content": system}, *shots[::order]],
                {
                    "temperature": 0.2 if order == 1 else 0.7,
                    "user": EVIL * order if order == 1 else "",
                },
            ),
            bump=Bump.MAJOR,
            base=base,
            reason="For the tests.",
            actor=shop.actor("ana"),
        )
    return prompt


@pytest.fixture
def evaluated(shop: World) -> Version:
    """1.1.0, run beside 1.0.0, with an answer that attacks."""
    prompt = stages.prompt_named(shop)
    first = stages.in_production(shop, prompt)
    stages.with_suite(shop, prompt)
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    submit(version, actor=shop.actor("ana"), reason="Please look.")
    run = Run.objects.get()
    CaseResult.objects.bulk_create(
        CaseResult(run=run, case=case, arm=arm, output=EVIL if arm == "candidate" else "Hello.")
        for case in run.snapshot.cases.all()
        for arm in ("candidate", "baseline")
    )
    return version


def test_keys_and_buttons_go_from_change_to_change(vic: Page, chat: Prompt) -> None:
    vic.goto(CHAT)
    where = vic.locator("[data-where]")
    expect(where).to_have_text("5 changes")
    vic.keyboard.press("n")
    expect(where).to_have_text("change 1 of 5")
    expect(vic.locator(".here")).to_contain_text("First")
    vic.get_by_role("button", name="Next").click()
    expect(vic.locator(".here")).to_contain_text("Last")
    expect(vic.locator(".here")).to_be_in_viewport()
    vic.keyboard.press("p")
    expect(vic.locator(".here")).to_contain_text("First")
    vic.locator("select[name=old]").focus()
    vic.keyboard.press("n")
    expect(where).to_have_text("change 1 of 5")


def test_a_fold_opens_by_keyboard(vic: Page, chat: Prompt) -> None:
    vic.goto(CHAT)
    fold = vic.locator("summary", has_text="show 36 lines")
    expect(vic.get_by_text("Rule 20:")).to_be_hidden()
    fold.focus()
    vic.keyboard.press("Enter")
    expect(vic.get_by_text("Rule 20:")).to_be_visible()


def test_the_unified_diff_lands_in_the_clipboard(vic: Page, chat: Prompt) -> None:
    vic.goto(CHAT)
    vic.get_by_text("Copy as unified diff").click()
    expect(vic.get_by_text("Copied", exact=True)).to_be_visible()
    copied = vic.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("--- support/chat 1.0.0\n+++ support/chat 2.0.0\n@@ ")
    assert "-First 1.\n+First one {{plan}}.\n" in copied


def test_sides_are_swapped_in_the_same_view(vic: Page, chat: Prompt) -> None:
    vic.goto(f"{CHAT}?view=side")
    vic.get_by_text("Swap sides").click()
    vic.wait_for_url("**/compare/2.0.0...1.0.0?view=side")
    expect(vic.locator(".row.head").first).to_contain_text("2.0.0")
    vic.select_option("select[name=old]", "1.0.0")
    vic.select_option("select[name=new]", "2.0.0")
    vic.get_by_role("button", name="Compare").click()
    vic.wait_for_url("**/compare/1.0.0...2.0.0?view=side")


@pytest.mark.parametrize("view", ["inline", "side"])
def test_what_attacks_is_text(vic: Page, chat: Prompt, evaluated: Version, view: str) -> None:
    for address in (CHAT, TEXT):
        vic.goto(f"{address}?view={view}")
        expect(vic.locator("body")).to_be_visible()
        assert vic.locator(".page script, .page img, .page style").count() == 0
        assert vic.locator("a[href^='javascript']").count() == 0
        assert "\u202e" not in vic.content()
        expect(vic.get_by_text("right-to-left override").first).to_be_attached()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_serious_accessibility_fault_and_fits_a_phone(
    vic: Page, chat: Prompt, evaluated: Version, scheme: Any
) -> None:
    vic.emulate_media(color_scheme=scheme)
    for address in (CHAT, f"{CHAT}?view=side", TEXT):
        vic.set_viewport_size({"width": 1366, "height": 768})
        vic.goto(address)
        found = Axe().run(vic).response["violations"]
        assert [f["id"] for f in found if f["impact"] in ("serious", "critical")] == [], address
        vic.set_viewport_size({"width": 390, "height": 844})
        assert vic.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_what_is_printed_is_unfolded_and_folds_again(vic: Page, chat: Prompt) -> None:
    vic.goto(CHAT)
    vic.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(vic.get_by_text("Rule 20:")).to_be_visible()
    vic.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(vic.get_by_text("Rule 20:")).to_be_hidden()
    assert re.match(rb"%PDF", vic.pdf())
