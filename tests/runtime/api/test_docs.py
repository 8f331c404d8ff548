"""The page that shows the API: Swagger UI, from our own files, within our own policy."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from tests import stages


@pytest.mark.django_db
def test_the_page_holds_no_script_of_its_own_and_leaves_no_cookie() -> None:
    client = Client()
    page = client.get("/api/docs", headers={"Accept": "application/json"})
    script = client.get("/api/docs?script=")
    assert "html" in page["Content-Type"]
    assert "javascript" in script["Content-Type"]
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page.content.decode()) == ["", ""]
    assert b"//" not in re.sub(rb'url: "[^"]*"', b"", script.content)
    for answer in (page, script):
        assert (answer.status_code, answer.cookies) == (200, {})
        assert not answer.has_header("Vary")
    assert client.post("/api/docs").status_code == 405


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_developer_tries_a_request_in_the_page(chromium: Browser, live_server: Any) -> None:
    shop = stages.world()
    stages.in_production(shop, stages.prompt_named(shop))
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs")
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".modal-ux input").fill(stages.key(shop).secret)
    page.locator(".modal-ux button[type=submit]").click()
    page.locator(".modal-ux .btn-done").click()
    page.locator("#operations-prompts-listPrompts .opblock-summary-control").click()
    page.locator("#operations-prompts-listPrompts .execute").click()
    answer = page.locator("#operations-prompts-listPrompts .live-responses-table")
    expect(answer).to_contain_text("support/system", timeout=60_000)
    foreign = [url for url in asked if not url.startswith((live_server.url, "data:"))]
    assert (complaints, foreign, context.cookies()) == ([], [], [])
    context.close()
