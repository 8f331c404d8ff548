"""A key with the scope ci has a text evaluated, reads what came out, and can do nothing else."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from evaluation.ci.work import work_through
from evaluation.offline.models import Candidate, Run
from evaluation.web.api import views
from registry.audit.models import Event
from registry.prompts.models import Prompt, Version
from registry.release.models import Release
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/evaluations"
TEXT = stages.FIRST_TEXT + " Mention the delivery time."
Ask = Callable[..., HttpResponse]


@pytest.fixture
def shop(db: None) -> World:
    return stages.world(sandbox=True)


@pytest.fixture
def prompt(shop: World) -> Prompt:
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    stages.with_suite(shop, prompt)
    return prompt


@pytest.fixture
def ask(shop: World, prompt: Prompt) -> Ask:
    """POST a candidate, or GET an address, with a key of the scope ci."""
    secret = stages.key(shop, "ci").secret

    def call(path: str = "", *, secret: str = secret, **body: Any) -> HttpResponse:
        headers = {"Authorization": f"Bearer {secret}"}
        if path:
            return Client().get(ADDRESS + path, headers=headers)
        return Client().post(
            ADDRESS,
            {"prompt": "support/system", "template": TEXT, **body},
            content_type="application/json",
            headers=headers,
        )

    return call


def test_a_candidate_is_evaluated_against_production_and_moves_nothing(
    prompt: Prompt, ask: Ask
) -> None:
    before = Version.objects.count(), list(Release.objects.values_list("state", flat=True))
    said = ask(ref="abc123")
    assert said.status_code == 201, said.content
    begun = said.json()
    assert (begun["state"], begun["finished"]) == ("queued", False)
    run = work_through(Run.objects.get(pk=begun["id"]))
    ended = ask(f"/{run.pk}").json()
    assert (ended["finished"], ended["outcome"]) == (True, "pass")
    assert ended["candidate"]["ref"] == "abc123"
    assert ended["baseline"]["version"] == "1.0.0"
    assert ended["metrics"]["pass_rate"]["n"] == 24
    after = Version.objects.count(), list(Release.objects.values_list("state", flat=True))
    assert after == before
    event = Event.objects.get(action="run.requested", actor_name="ci-key")
    assert "abc123" in event.reason


def test_cases_come_in_pages_with_both_answers(
    prompt: Prompt, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CASES_A_PAGE", 10)
    run = work_through(Run.objects.get(pk=ask().json()["id"]))
    seen, after = [], 0
    while after is not None:
        page = ask(f"/{run.pk}/cases?after={after}").json()
        seen += [case["id"] for case in page["cases"]]
        assert all(case["candidate"] and case["baseline"] for case in page["cases"])
        after = page["next"]
    assert seen == [f"case-{n:02}" for n in range(24)]
    assert ask(f"/{run.pk}/cases?after=-1").status_code == 400


def test_the_same_text_is_not_drawn_again_until_it_pleases(prompt: Prompt, ask: Ask) -> None:
    first = ask().json()["id"]
    assert ask().json()["id"] == first
    work_through(Run.objects.get(pk=first))
    assert ask().json()["id"] == first
    assert ask(template=TEXT + " Be brief.").json()["id"] != first


def test_a_broken_text_fails_without_a_call(prompt: Prompt, ask: Ask) -> None:
    said = ask(template=TEXT + " {{company").json()
    assert (said["state"], said["finished"]) == ("failed", True)
    ended = ask(f"/{said['id']}").json()
    assert ended["outcome"] == "fail"
    assert ended["usage"]["calls"] == 0


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"prompt": "support/nothing"}, 404, ""),
        ({"prompt": ""}, 400, "prompt"),
        ({"prompt": 7}, 400, "prompt"),
        ({"template": ""}, 400, "template"),
        ({"template": ["x"]}, 400, "template"),
        ({"kind": "chat"}, 400, "messages"),
        ({"kind": "poem"}, 400, "kind"),
        ({"messages": "x", "kind": "chat"}, 400, "messages"),
        ({"config": []}, 400, "config"),
        ({"output_schema": 3}, 400, "output_schema"),
        ({"variables": {"x": 1}}, 400, "variables"),
        ({"baseline": "9.9.9"}, 404, "baseline"),
        ({"baseline": 3}, 400, "baseline"),
        ({"ref": "x" * 201}, 400, "ref"),
        ({"repeat": 4}, 400, "repeat"),
        ({"repeat": True}, 400, "repeat"),
        ({"margin": 0}, 400, "margin"),
        ({"margin": 0.9}, 400, "margin"),
        ({"fresh_baseline": "yes"}, 400, "fresh_baseline"),
        ({"second_look": 1}, 400, "second_look"),
        ({"label": "production"}, 400, "label"),
    ],
)
def test_bad_bodies_name_the_field_and_keep_nothing(
    ask: Ask, body: dict[str, Any], status: int, field: str
) -> None:
    said = ask(**body)
    assert said.status_code == status, said.content
    assert said.json().get("field", "") == field
    assert not Candidate.objects.exists()


def test_other_scopes_other_projects_and_no_key_get_nothing(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    pk = ask().json()["id"]
    other = stages.key(stages.world("bakery"), "ci").secret
    reader = stages.key(shop, "read").secret
    assert ask(f"/{pk}", secret=other).status_code == 404
    assert ask(f"/{pk}/cases", secret=other).status_code == 404
    assert ask(secret=other).status_code == 404  # no such prompt there
    assert ask(f"/{pk}", secret=reader).status_code == 403
    assert ask(secret=reader).status_code == 403
    assert ask(f"/{pk}", secret="nonsense").status_code == 401


def test_a_ci_key_reads_no_prompt_rolls_nothing_back_and_sees_no_persons_run(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    secret = stages.key(shop, "ci").secret
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/prompts/support/system", headers=headers).status_code == 403
    back = Client().post(
        "/api/v1/prompts/support/system/rollback",
        {"reason": "x"},
        content_type="application/json",
        headers=headers,
    )
    assert back.status_code == 403
    version = stages.saved(shop, prompt, TEXT)
    stages.evaluated(shop, version)
    run = Run.objects.get(version=version)
    assert ask(f"/{run.pk}").status_code == 404


def test_a_prompt_without_golden_cases_says_what_lacks(shop: World, ask: Ask) -> None:
    bare = stages.prompt_named(shop, "support/bare")
    said = ask(prompt=bare.name)
    assert said.status_code == 409
    assert "golden cases" in said.json()["message"]


def test_a_key_cannot_have_any_number_under_way(
    prompt: Prompt, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "UNDER_WAY", 1)
    first = ask()
    assert first.status_code == 201
    assert ask(template=TEXT + " Be brief.").status_code == 429
    work_through(Run.objects.get(pk=first.json()["id"]))
    assert ask(template=TEXT + " Be brief.").status_code == 201


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_burst_of_questions_is_counted_one_after_the_other(
    prompt: Prompt, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "UNDER_WAY", 2)

    def at_once(number: int) -> int:
        try:
            return ask(template=f"{TEXT} Mention {number} of them.").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        codes = Counter(pool.map(at_once, range(6)))
    assert codes == {201: 2, 429: 4}
    assert Run.objects.exclude(candidate=None).count() == 2
