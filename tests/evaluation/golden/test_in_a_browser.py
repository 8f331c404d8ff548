"""Editing golden cases by mouse and keyboard, as wide as a desk and as a phone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from evaluation.offline.datasets import add_snapshot, create_dataset, latest_snapshot
from evaluation.offline.golden.compare import cases_in
from evaluation.offline.models import Dataset
from tests import stages
from tests.evaluation.golden.conftest import FOUR
from tests.registry.editor.browsers import signed_in

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 30_000  # milliseconds: the machine may be busy


@pytest.fixture
def golden(transactional_db: None) -> Dataset:
    """Four cases in a project."""
    world = stages.world()
    dataset = create_dataset(world.project, name="Refunds", actor=world.actor("ana"))
    add_snapshot(dataset, cases=FOUR, actor=world.actor("ana"), reason="First.")
    return dataset


@pytest.fixture
def ana(golden: Dataset, chromium: Browser, live_server: Any) -> Iterator[Page]:
    with signed_in(chromium, live_server.url, "ana") as page:
        page.set_default_timeout(PATIENCE)
        yield page


def serious(page: Page) -> list[str]:
    """Return the serious and critical faults that axe finds."""
    found = Axe().run(page).response["violations"]
    return [f["id"] for f in found if f["impact"] in ("serious", "critical")]


def test_cases_are_ticked_opened_and_saved_with_the_keyboard_where_it_is_quicker(
    ana: Page, golden: Dataset
) -> None:
    address = f"/projects/shop/datasets/{golden.pk}"
    ana.goto(f"{address}/edit")
    ana.get_by_label("Tick every case on this page").check()
    expect(ana.locator("[data-ticked]")).to_have_text("(4)")
    ana.get_by_label("Tick secret").uncheck()
    expect(ana.locator("[data-ticked]")).to_have_text("(3)")
    ana.get_by_label("Tags", exact=True).fill("vip")
    ana.get_by_role("button", name="Give them").click()
    expect(ana.get_by_text("3 of 3 changed.")).to_be_visible(timeout=PATIENCE)

    ana.get_by_role("link", name="kind").last.click()
    ana.get_by_role("button", name="Add another variable").click()
    ana.locator("[name=v-0-name]").fill("plan")
    ana.locator("[name=v-0-value]").fill("pro")
    ana.get_by_role("group").get_by_text("Checks of this case alone").click()
    ana.get_by_role("button", name="Add another check").click()
    ana.locator("[name=c-0-type]").select_option("contains")
    ana.locator("[name=c-0-text]").fill("Monday")
    ana.locator("[name=v-0-name]").press("Enter")
    expect(ana.get_by_text("kind is kept.")).to_be_visible(timeout=PATIENCE)
    assert serious(ana) == []

    ana.get_by_label("Why?").fill("Important people, too.")
    ana.get_by_role("button", name="Save v2").click()
    expect(ana).to_have_url(re.compile(r"/datasets/\d+$"), timeout=PATIENCE)
    latest = latest_snapshot(golden)
    assert latest is not None
    kind = cases_in(latest)[1]
    assert (kind.inputs, kind.checks, kind.tags) == (
        {"plan": "pro"},
        ({"type": "contains", "value": "Monday"},),
        ("vip",),
    )

    ana.get_by_role("link", name="what changed").click()
    expect(ana.get_by_text("From v1 to v2: 3 changed, 1 the same.")).to_be_visible()
    expect(ana.locator("ins").first).to_contain_text("vip")
    ana.set_viewport_size({"width": 390, "height": 844})
    for page in ("", "/edit", "/edit/new", "/edit/case?id=kind", "/compare/1...2"):
        ana.goto(address + page)
        assert ana.evaluate("document.documentElement.scrollWidth") <= 390, page
        assert serious(ana) == [], page


def test_a_file_is_imported_and_its_export_is_the_same_again(ana: Page, golden: Dataset) -> None:
    address = f"/projects/shop/datasets/{golden.pk}"
    ana.goto(address)
    with ana.expect_download() as download:
        ana.get_by_role("link", name="CSV", exact=True).click()
    data = download.value.path().read_bytes()
    changed = data.replace(b"Money back!", b"Money, quick! Mail jo.doe@gmail.com")
    ana.goto(f"{address}/import")
    ana.set_input_files(
        "input[type=file]", {"name": "again.csv", "mimeType": "text/csv", "buffer": changed}
    )
    ana.get_by_role("button", name="Read it").click()
    expect(ana.get_by_text("all 4 rows can be taken")).to_be_visible(timeout=PATIENCE)
    expect(ana.get_by_text("angry, query: an email address")).to_be_visible()
    ana.get_by_role("button", name="Import 4 cases").click()
    expect(ana).to_have_url(re.compile(r"/datasets/\d+$"), timeout=PATIENCE)
    with ana.expect_download() as download:
        ana.get_by_role("link", name="CSV", exact=True).click()
    assert download.value.path().read_bytes() == changed
