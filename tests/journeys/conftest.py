"""People in a real browser, an application with a real key, a real Celery worker."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3
from celery.contrib.testing.worker import start_worker
from playwright.sync_api import Browser, Page

from promptcms.celery import app
from tests import stages

FetchPrompt = Callable[..., tuple[int, dict[str, Any], dict[str, str]]]
PAGE_MS = 15_000


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A Celery worker that takes this process's messages."""
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        yield


@pytest.fixture
def open_as(chromium: Browser, live_server: Any) -> Iterator[Callable[[str], Page]]:
    """Sign a person in, in a browser of their own, and return the page."""
    contexts = []

    def sign_in(name: str) -> Page:
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": 1366, "height": 768}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PAGE_MS)
        if name:
            page.goto("/login/?next=/")
            page.fill("input[name=username]", name)
            page.fill("input[name=password]", stages.PASSWORD)
            page.click("button[type=submit]")
            page.wait_for_url(f"{live_server.url}/")
        return page

    yield sign_in
    for context in contexts:
        context.close()


@pytest.fixture
def fetch(live_server: Any) -> FetchPrompt:
    """Fetch a prompt as an application does: status, body, headers."""
    pool = urllib3.PoolManager()

    def ask(
        secret: str, name: str, query: str = "label=production", **headers: str
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        answer = pool.request(
            "GET",
            f"{live_server.url}/api/v1/prompts/{name}?{query}",
            headers={"Authorization": f"Bearer {secret}", **headers},
        )
        return answer.status, json.loads(answer.data or b"{}"), dict(answer.headers)

    return ask
