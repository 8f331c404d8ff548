"""People in real browsers on the editor: signed in, and typing by keyboard."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browsers import sign_in

EDIT = "/projects/shop/prompts/support/system/edit"
SAVE = "[data-save]:not([name])"
HARMLESS = "the server responded with a status of 4"  # said of every 4xx, also wanted ones


@contextmanager
def signed_in(chromium: Browser, address: str, name: str) -> Iterator[Page]:
    """Yield a browser of `name`; whatever its console complains of fails the test."""
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
    )
    sign_in(context, address, name)
    yield page
    context.close()
    assert [text for text in complaints if HARMLESS not in text] == []


def write(page: Page, text: str) -> None:
    """Go into the first text by keyboard, to its end, and type."""
    page.locator(".ace_scroller").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def end_session(page: Page) -> None:
    """Let the session of this browser be over, as after eight hours."""
    page.context.clear_cookies(name="pcms-session")


def held(page: Page) -> Any:
    """Return what stands in the text."""
    return page.input_value("#text")
