"""From a fresh installation to a first fetched prompt: one person, no model, no traffic."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from registry.projects.models import Project
from registry.projects.setup import setup_link
from tests import stages
from tests.journeys.conftest import FetchPrompt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_one_person_alone_gets_from_the_set_up_link_to_a_fetched_prompt(
    live_server, open_as: Callable[[str], Page], fetch: FetchPrompt
) -> None:
    started = time.monotonic()
    page = open_as("")
    page.goto(setup_link(live_server.url))
    page.get_by_label("Your name").fill("Grace")
    page.get_by_label("Email").fill("grace@example.org")
    page.get_by_label("Password").first.fill(stages.PASSWORD)
    page.get_by_label("Project").first.fill("My shop")
    page.get_by_label("No, I work alone").check()
    page.get_by_role("button", name="Start").click()
    page.wait_for_load_state()
    project = Project.objects.get()
    assert project.preset == "solo"

    page.goto(f"/projects/{project.slug}/prompts/new")
    page.get_by_label("Name").fill("greeting")
    page.get_by_role("button", name="Create").click()
    page.locator(".ace_editor").first.click()
    page.keyboard.type("Greet {{customer}} in one sentence.")
    page.get_by_label("Why?").fill("The first one.")
    page.get_by_role("button", name="Save 1.0.0 and start checks").click()
    page.wait_for_url("**/versions/1.0.0")
    page.get_by_role("link", name="Start the rollout").click()
    page.get_by_role("button", name="Start 1.0.0").click()
    page.wait_for_url(re.compile(r"/prompts/greeting(/rollout)?$"))
    expect(page.locator("body")).to_contain_text("production")

    page.goto(f"/projects/{project.slug}/keys/new")
    page.get_by_label("Which application uses it?").fill("laptop")
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator("input[value^=pcms_]").input_value()
    status, body, _ = fetch(secret, "greeting")
    assert (status, body["version"]) == (200, "1.0.0")
    assert body["template"] == "Greet {{customer}} in one sentence."
    assert time.monotonic() - started < 300
