"""Try it as a person does: a real browser, a model over HTTP, a real worker that is killed."""

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset, latest_snapshot
from evaluation.offline.models import Dataset, TryOut
from promptcms.processes.child import Program
from promptcms.processes.programs import beat, worker
from tests import stages
from tests.browsers import sign_in
from tests.evaluation.offline.conftest import MODEL, evaluated_with
from tests.evaluation.offline.model_server import ModelServer, model
from tests.evaluation.offline.test_worker_killed import processes, wait_until  # noqa: F401
from tests.evaluation.providers.mock_endpoint import Reply, completion, status

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Start = Callable[[Program], subprocess.Popen[bytes]]
EDIT = "/projects/shop/prompts/support/system/edit"
NASTY = "<img src=x onerror=\"document.title='broken'\">"
WAIT = 60_000  # milliseconds, with room for two cores that are busy elsewhere


def reply(prompt: str, query: str) -> Reply:
    """Answer slowly to what is slow, refuse what is wrong, else say the question again."""
    if "Slow" in query:
        time.sleep(2.0)
    if "Limit" in query:
        return status(429, {"error": {"message": "Too many."}}, retry_after="100")
    return completion(f"{NASTY} {prompt} {query}")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A model over HTTP, named in the settings of web and worker, one question at a time."""
    with model(reply) as server:
        known = {MODEL: {**server.connection, "at_once": 1}}
        monkeypatch.setattr(settings, "PROMPTCMS_CONNECTIONS", known)
        yield server


@pytest.fixture
def dataset(transactional_db: None, endpoint: ModelServer) -> Dataset:
    """Three golden cases of a prompt in production."""
    shop = stages.world()
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    dataset = create_dataset(shop.project, name="Questions", actor=shop.actor("ana"))
    cases = [
        NewCase(name, query=f"{name} question", inputs={"company": "Northwind"})
        for name in ("Quick", "Slow", "Limit")
    ]
    add_snapshot(dataset, cases=cases, actor=shop.actor("ana"), reason="First.")
    evaluated_with(shop, prompt, dataset)
    return dataset


@pytest.fixture
def ana(dataset: Dataset, chromium: Browser, live_server: Any) -> Iterator[Page]:
    """Ana's browser, on the editor; a script error fails the test."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1366, "height": 768}
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if "ontent Security" in m.text else None)
    sign_in(context, live_server.url, "ana")
    page.goto(EDIT)
    yield page
    context.close()
    assert complaints == []


def test_text_is_tried_through_a_killed_worker_and_kept_as_a_case(
    ana: Page,
    dataset: Dataset,
    endpoint: ModelServer,
    processes: Start,  # noqa: F811
) -> None:
    said = ana.locator("[data-try-status]")
    ana.locator(".ace_scroller").first.focus()
    ana.keyboard.press("Enter")
    ana.keyboard.press("Control+End")
    ana.keyboard.type(" Be brief.")
    ana.get_by_role("checkbox", name="Slow").check()
    ana.get_by_role("button", name="Try it").press("Enter")
    expect(said).to_contain_text("none is running, so nothing is asked yet")
    assert endpoint.asked == []

    processes(beat("warning"))
    first = processes(worker("warning"))
    expect(said).to_contain_text("of 4 answers are in", timeout=WAIT)
    wait_until(lambda: TryOut.objects.get().answers.count() >= 2, 30)
    first.kill()
    first.wait(timeout=10)
    kept = TryOut.objects.get().answers.count()
    assert kept < 4
    asked = len(endpoint.asked)
    processes(worker("warning"))
    expect(said).to_have_text("2 of 2 answers differ from production's.", timeout=WAIT)
    assert len(endpoint.asked) <= asked + 4 - kept
    expect(ana.get_by_role("button", name="Cancel")).to_be_hidden()

    # The model's words are words: no picture, no script.
    expect(ana.locator(".tried-output").first).to_contain_text(NASTY)
    assert ana.locator(".tried img").count() == 0
    assert "broken" not in ana.title()
    expect(ana.locator("mark.only-here").first).to_contain_text("Be brief.")

    kept_as = ana.locator("[data-keep]").first
    kept_as.locator("summary").press("Enter")
    kept_as.get_by_label("Id").fill("Quick")
    kept_as.get_by_label("Id").press("Enter")
    expect(kept_as.locator("[data-keep-said]")).to_contain_text("has a case Quick already")
    kept_as.get_by_label("Id").fill("quick-2")
    kept_as.get_by_label("Id").press("Enter")
    expect(kept_as.locator("[data-keep-said]")).to_contain_text("has 4 cases")
    snapshot = latest_snapshot(dataset)
    assert snapshot is not None
    assert snapshot.cases.filter(case_id="quick-2").exists()
    assert serious(ana) == []

    ana.get_by_role("checkbox", name="Quick").uncheck()
    ana.get_by_role("checkbox", name="Slow").uncheck()
    ana.get_by_role("checkbox", name="Limit").check()
    ana.get_by_role("button", name="Try it").click()
    expect(ana.locator(".tried-side .is-bad")).to_have_count(2, timeout=WAIT)
    expect(ana.locator(".tried-side").first).to_contain_text("Wait a minute and try again")

    ana.get_by_role("checkbox", name="Slow").check()
    ana.get_by_role("button", name="Try it").click()
    ana.get_by_role("button", name="Cancel").click()
    expect(said).to_have_text("Cancelled.")
    expect(ana.get_by_role("button", name="Try it")).to_be_focused()


def serious(page: Page) -> list[str]:
    """Return the serious and critical faults that axe finds in the panel."""
    found = Axe().run(page, context="[data-try-out]").response["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['target']}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
