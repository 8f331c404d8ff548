"""Import and adoption in a real browser: by keyboard, wide and narrow, light and dark, safe."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from registry.prompts.models import Version
from tests import stages
from tests.browsers import sign_in
from tests.stages import World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

XSS = "<img src=x onerror=alert(1)><script>alert(2)</script>"
TABLE = f'name,prompt\nLinux Terminal,"Act as {{system}}. {XSS}"\n{XSS},Hi\nEmpty,\n'


@pytest.fixture
def shop(transactional_db: None) -> World:
    return stages.world()


def signed_in(browser: Browser, live_server: Any, name: str, **options: Any) -> Page:
    """Return a page of somebody who has just signed in."""
    context = browser.new_context(base_url=live_server.url, **options)
    sign_in(context, live_server.url, name)
    return context.new_page()


@pytest.fixture(params=["wide and light", "narrow and dark"])
def ana(
    request: pytest.FixtureRequest, shop: World, chromium: Browser, live_server: Any
) -> Iterator[Page]:
    """Ana's browser; an alert, or a complaint in its console, fails the test."""
    narrow = request.param.startswith("narrow")
    size = {"width": 390, "height": 844} if narrow else {"width": 1366, "height": 768}
    scheme = "dark" if narrow else "light"
    page = signed_in(chromium, live_server, "ana", viewport=size, color_scheme=scheme)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"alert: {dialog.message}"))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    page.context.close()
    assert complaints == []


def serious(page: Page) -> list[str]:
    """Return the serious and critical faults that axe finds, and a page wider than its window."""
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return (["the page is wider than its window"] if wide else []) + [
        f"{fault['id']}: {fault['nodes'][0]['target']}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def file(name: str, text: str) -> Any:
    """Return a file as a browser gives it."""
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def test_a_table_is_given_looked_at_and_imported_by_keyboard(ana: Page) -> None:
    ana.goto("/projects/shop/import")
    assert serious(ana) == []
    ana.set_input_files("#files", [file("t.csv", TABLE)])
    ana.get_by_role("button", name="Read them").press("Enter")
    expect(ana.locator(".headline-text")).to_contain_text("1 of 3 prompts must be put right")
    assert serious(ana) == []
    ana.get_by_role("button", name="Leave out the 1 with problems").press("Enter")
    expect(ana.locator(".headline-text")).to_contain_text("2 of 3 prompts can be imported")
    ana.get_by_role("button", name="Convert {system}").press("Enter")
    expect(ana.locator("body")).to_contain_text("converted in all")
    ana.locator("summary").first.press("Enter")
    expect(ana.locator(".prompt-text mark").first).to_have_text("{{system}}")
    name = ana.get_by_label("Name of Linux Terminal")
    name.fill("tools/terminal")
    name.press("Enter")  # looks again, never imports
    expect(ana.get_by_label("Name of Linux Terminal")).to_have_value("tools/terminal")
    assert Version.objects.count() == 0
    assert serious(ana) == []
    ana.fill("#reason", "Our old sheet.")
    ana.get_by_role("button", name="Import 2 prompts").press("Enter")
    expect(ana.locator("body")).to_contain_text("2 prompts imported")
    terminal = Version.objects.get(prompt__name="tools/terminal")
    assert terminal.content == f"Act as {{{{system}}}}. {XSS}"


def test_an_adoption_is_looked_at_and_done(
    shop: World, chromium: Browser, live_server: Any
) -> None:
    page = signed_in(chromium, live_server, "ada", viewport={"width": 390, "height": 844})
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto("/projects/shop/adopt")
    assert serious(page) == []
    row = {
        "name": XSS, "version": 3, "type": "text", "prompt": XSS, "commitMessage": XSS,
        "createdBy": XSS, "labels": ["production", XSS], "tags": [XSS[:40]],
    }  # fmt: skip
    page.set_input_files("#files", [file("langfuse.json", json.dumps([row]))])
    page.get_by_role("button", name="Read them").click()
    page.locator("summary").click()
    expect(page.locator(".in-row")).to_contain_text(XSS)
    assert serious(page) == []
    page.fill("#reason", "We move here.")
    page.get_by_role("button", name="Adopt 1 prompt").click()
    expect(page.locator("body")).to_contain_text("1 prompt adopted with their history")
    page.goto("/projects/shop/export")
    assert serious(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the zip").click()
    assert download.value.suggested_filename.startswith("shop-prompts-")
    page.context.close()
