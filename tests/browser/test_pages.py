"""Every main page in a real browser: accessible, within its policy, no wider than a phone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from playwright.sync_api import Browser, BrowserContext

from evaluation.offline.models import CaseResult, Dataset, Judge, Replay, Run
from evaluation.online.intake.observation import Observation, SampleText
from evaluation.online.intake.record import record
from evaluation.online.models import Sample
from registry.audit.clock import database_now
from registry.domain.roles import Role
from registry.projects.models import Membership, Person
from registry.prompts.models import Version
from registry.release.models import Rollout
from registry.runtime.models import ApiKey, Fetcher
from tests import stages
from tests.browsers import sign_in
from tests.registry.routes import own_routes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROMPT = "/projects/shop/prompts/support/system"
PAGES = (
    "/",
    "/registry/prompt/",
    "/registry/event/",
    "/evaluation/dataset/",
    "/evaluation/run/",
    "/inbox",
    "/inbox?tab=mine",
    "/search?q=support",
    "/help",
    "/profile",
    "/profile/notices",
    "/projects/new",
    "/projects/shop",
    "/projects/shop/members",
    "/projects/shop/policy",
    "/projects/shop/policy/edit",
    "/projects/shop/keys",
    "/projects/shop/keys/new",
    "/projects/shop/settings",
    "/projects/shop/members/invite",
    "/projects/shop/members/{person}",
    "/projects/shop/policy/preset",
    "/projects/shop/policy/revisions/1",
    "/projects/shop/keys/{key}/replace",
    "/projects/shop/keys/{key}/revoke",
    "/projects/shop/leave-the-demo",
    "/projects/shop/notices",
    "/projects/shop/ledger",
    "/projects/shop/rollouts",
    "/projects/shop/intake",
    "/projects/shop/samples/{sample}/case",
    "/projects/shop/audit",
    "/projects/shop/audit/3",
    "/projects/shop/import",
    "/projects/shop/adopt",
    "/projects/shop/export",
    "/projects/shop/connections",
    "/projects/shop/evaluation",
    "/projects/shop/datasets/new",
    "/projects/shop/datasets/{dataset}",
    "/projects/shop/datasets/{dataset}/import",
    "/projects/shop/datasets/{dataset}/case?id=case-01",
    "/projects/shop/datasets/{dataset}/edit",
    "/projects/shop/datasets/{dataset}/edit/new",
    "/projects/shop/datasets/{dataset}/edit/case?id=case-01",
    "/projects/shop/datasets/{dataset}/compare/1...1",
    "/projects/shop/runs/results/{result}/case",
    "/projects/shop/prompts/new",
    PROMPT,
    f"{PROMPT}/edit",
    f"{PROMPT}/evaluation",
    f"{PROMPT}/settings",
    f"{PROMPT}/ledger",
    f"{PROMPT}/rollout",
    f"{PROMPT}/rollout/back",
    f"{PROMPT}/samples",
    f"{PROMPT}/versions/1.2.0/start",
    f"{PROMPT}/versions/1.2.0/ab",
    f"{PROMPT}/rollouts/{{rollout}}",
    f"{PROMPT}/versions/1.1.0/production",
    f"{PROMPT}/compare/",
    f"{PROMPT}/versions/1.1.0",
    f"{PROMPT}/versions/2.0.0",
    f"{PROMPT}/versions/2.0.0/review",
    f"{PROMPT}/versions/2.0.0/record",
    f"{PROMPT}/compare/1.0.0...2.0.0",
    f"{PROMPT}/compare/1.0.0...2.0.0?view=side",
    "/projects/shop/runs/{run}",
    "/evaluation/judge/",
    "/projects/shop/judges/new",
    "/projects/shop/judges/new?kind=faithfulness",
    "/projects/shop/judges/{judge}",
    "/projects/shop/judges/{judge}/new",
    "/projects/shop/judges/{judge}/mark",
    "/projects/shop/judges/{judge}/versions/1",
    "/projects/shop/replays/{replay}",
)
# Parts of pages, and files.
NO_PAGES = {
    "audit_badge",
    "audit_csv",
    "audit_jsonl",
    "check_answer",
    "connection_tests",
    "dataset_export",
    "ledger_export",
    "project_ledger_export",
    "prompts_change",  # answers only to what a form of the list sends
    "prompts_export_file",
    "run_file",
    "run_progress",
    "try_out",
}


# The dark is other colours on the same page. Telling all that is right takes as long as looking.
FAULTS = {"resultTypes": ["violations"]}
RULES = {
    "light": FAULTS,
    "dark": FAULTS | {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
}


@pytest.fixture
def shop(transactional_db: None) -> stages.World:
    """A prompt with a canary under way and a MAJOR that was evaluated; Ada may do everything."""
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world)
    first = stages.in_production(world, prompt)
    stages.in_canary(world, prompt)
    stages.cleared(world, stages.saved(world, prompt, stages.MINOR_TEXT + " Thanks.", base=first))
    stages.with_suite(world, prompt)
    text = stages.FIRST_TEXT + " Always name the order number."
    stages.evaluated(world, stages.saved(world, prompt, text, base=first, bump=stages.Bump.MAJOR))
    for role in Role:
        Membership.objects.get_or_create(
            project=world.project, person=world.person("ada"), role=role.value
        )
    key = stages.key(world).key
    for variables in ([], None):
        Fetcher.objects.create(
            key=key,
            prompt=prompt,
            client=f"client-{variables}",
            process="web-1",
            label="production",
            variables=variables,
            last_fetch_at=database_now(),
        )
    _answered(world, first)
    judge = stages.with_judge(world)
    Replay.objects.create(judge=judge, results=[], requested_by=world.person("ada"))
    return world


def _answered(world: stages.World, version: Version) -> None:
    """Report one call of production, with its text."""
    call = Observation(
        source="observations",
        id="one call",
        at=database_now(),
        prompt=version.prompt.name,
        version=version.semver,
        label="production",
        latency_ms=812.5,
        scores={"relevance": 0.4},
        sample=SampleText(input={"question": "Where is it?"}, output="On its way."),
    )
    record(world.project, [call], now=database_now(), door="observations")


@pytest.fixture
def signed_in(
    shop: stages.World, chromium: Browser, live_server: Any
) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser of Ada's."""
    contexts = []

    def open_browser(**options: Any) -> BrowserContext:
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        sign_in(context, live_server.url, "ada")
        return context

    yield open_browser
    for context in contexts:
        context.close()


def addresses() -> list[str]:
    """Return the pages, with the numbers of what exists."""
    numbers = {
        "run": Run.objects.get().pk,
        "dataset": Dataset.objects.get().pk,
        "result": CaseResult.objects.order_by("pk")[0].pk,
        "judge": Judge.objects.get().pk,
        "replay": Replay.objects.get().pk,
        "key": ApiKey.objects.get().pk,
        "rollout": Rollout.objects.earliest("pk").pk,
        "sample": Sample.objects.get().pk,
        "person": Person.objects.get(username="ana").pk,
    }
    return [path.format(**numbers) for path in PAGES]


def test_every_page_of_ours_is_looked_at(shop: stages.World) -> None:
    seen = {resolve(path.partition("?")[0]).url_name for path in addresses()}
    readable = {
        route.name
        for route in own_routes()
        if route.access == "signed in" or (isinstance(route.access, dict) and "GET" in route.access)
    }
    assert readable - seen == NO_PAGES


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_barrier_or_breaks_the_content_policy(
    signed_in: Callable[..., BrowserContext], scheme: str
) -> None:
    context = signed_in(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda line: problems.append(f"{page.url}: {line.text}") if line.type == "error" else None,
    )
    for path in addresses():
        answer = page.goto(path)
        assert answer.status == 200, path
        page.wait_for_timeout(150)
        found = Axe().run(page, options=RULES[scheme]).response["violations"]
        problems += [
            f"{path}: {v['id']} {v['nodes'][0]['html'][:120]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
    assert problems == []


@pytest.mark.slow
def test_every_page_fits_on_a_phone(signed_in: Callable[..., BrowserContext]) -> None:
    page = signed_in(viewport={"width": 390, "height": 800}).new_page()
    wide = []
    for path in addresses():
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide.append(f"{path}: {width} px")
    assert wide == []
