"""The page of the connections in a browser: a test shows its outcome in place."""

import pytest
from playwright.sync_api import Page, expect

from evaluation.offline.connection_tests import work_on_test
from evaluation.offline.models import ConnectionTest
from tests import stages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECONDS = 60_000


def test_the_outcome_of_a_test_appears_and_what_is_typed_meanwhile_stays(
    chromium, live_server, settings, monkeypatch
):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    settings.PROMPTCMS_CONNECTIONS = {"house": {"base_url": "http://127.0.0.1:9/v1"}}
    stages.world()
    page: Page = chromium.new_page()
    page.set_default_timeout(SECONDS)
    page.goto(f"{live_server.url}/login/?next=/projects/shop/connections")
    page.fill("input[name=username]", "ana")
    page.fill("input[name=password]", stages.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.get_by_label("Model").fill("small")
    page.get_by_role("button", name="Test house").press("Enter")
    expect(page.get_by_text("being tested")).to_be_visible(timeout=SECONDS)
    page.get_by_label("Model").fill("another one")
    work_on_test(ConnectionTest.objects.get().pk)
    expect(page.get_by_text("does not answer")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("nobody answers at its address")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_label("Model")).to_have_value("another one")
