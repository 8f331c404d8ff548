"""A product manager sets an evaluation up alone: cases, model, judge, a bar in words."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from evaluation.offline.models import Dataset, Suite
from registry.prompts.models import Prompt
from tests.registry.editor.browsers import signed_in

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_evaluation_is_set_up_without_help(
    prompt: Prompt, dataset: Dataset, chromium: Browser, live_server: Any
) -> None:
    with signed_in(chromium, live_server.url, "ana") as page:
        page.goto(f"/projects/shop/prompts/{prompt.name}/evaluation")
        page.get_by_label("Golden dataset").select_option(label=str(dataset))
        page.get_by_label("Model connection").select_option("simulated")
        page.get_by_role("button", name="Use relevance").click()
        expect(page.get_by_text("relevance is there")).to_be_visible(timeout=20_000)
        expect(page.get_by_label("Mean at least")).to_have_value("0.8")
        page.get_by_label("When answers get worse").select_option("shown")
        expect(page.get_by_label("Mean at least")).to_be_hidden()
        page.get_by_label("When answers get worse").select_option("blocks")

        page.get_by_text("Time, cost and budget").click()
        row = page.get_by_role("group", name="Answer time")
        figure = row.get_by_role("spinbutton")
        expect(figure).to_be_hidden()
        expect(row.get_by_text("this prompt")).to_be_hidden()
        row.get_by_role("combobox").select_option(label="another value:")
        expect(row.get_by_text("this prompt")).to_be_visible()
        figure.fill("35")
        figure.press("Enter")  # saves; it does not press the first button of the form
        expect(page.get_by_text("Saved. The next version")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("this gate can detect a drop of")).to_be_visible()
        suite = Suite.objects.get(prompt=prompt)
        assert suite.thresholds == {"max_latency_ratio": 1.35}
        assert [judge["min_mean"] for judge in suite.judges or []] == [0.8]

        page.get_by_label("Which judges").select_option("")
        expect(page.get_by_role("group", name="relevance")).to_be_hidden()
        page.get_by_role("group", name="Answer time").get_by_role("combobox").select_option("")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("all taken over from the project")).to_be_visible(timeout=20_000)
        suite.refresh_from_db()
        assert (suite.thresholds, suite.judges) == ({}, None)
