"""A key with the scope stop can undo at once, and do nothing else."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from registry.audit.models import Event
from registry.prompts.models import Prompt
from tests import stages
from tests.runtime.conftest import Get, MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db
WHY = "Error rate above 5 %."


@pytest.fixture
def stop(make_key: MakeKey) -> Any:
    """POST to the rollback address of support/system with a key of the scope stop."""
    secret = make_key("stop").secret

    def post(*, secret: str = secret, name: str = "support/system", **body: Any) -> HttpResponse:
        return Client().post(
            f"/api/v1/prompts/{name}/rollback",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )

    return post


def test_a_stop_key_returns_production(shop: World, prompt: Prompt, stop: Any, get: Get) -> None:
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    answer = stop(reason=WHY)
    assert (answer.status_code, answer.json()["production"]) == (200, "1.0.0")
    assert get().json()["version"] == "1.0.0"
    event = Event.objects.filter(action="label.moved").latest("id")
    assert event.actor_name == "stop-key"
    assert event.reason.startswith(WHY)
    assert "billing-api" in event.reason


def test_a_stop_key_ends_a_canary(shop: World, prompt: Prompt, stop: Any, get: Get) -> None:
    stages.in_canary(shop, prompt)
    assert get().json()["rollout"]
    answer = stop(reason=WHY).json()
    assert (answer["name"], answer["production"]) == ("support/system", "1.0.0")
    assert answer["read_back"].startswith("Serving 1.0.0 everywhere as of ")
    assert get().json()["rollout"] is None


def test_an_alarm_that_names_the_bad_version_goes_back_once(
    shop: World, prompt: Prompt, stop: Any, get: Get
) -> None:
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    stages.in_production(shop, prompt, stages.MINOR_TEXT)
    assert stop(reason=WHY, version="1.1.0").json()["production"] == "1.0.1"
    second = stop(reason=WHY, version="1.1.0")
    assert (second.status_code, second.json()["error"]) == (409, "refused")
    assert "nothing was changed" in second.json()["message"]
    assert get().json()["version"] == "1.0.1"


def test_a_stop_key_chooses_where_to_return(
    shop: World, prompt: Prompt, stop: Any, get: Get
) -> None:
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    stages.in_production(shop, prompt, stages.MINOR_TEXT)
    assert stop(reason=WHY, to="9.9.9").json()["error"] == "version_not_found"
    assert stop(reason=WHY, to="1.0.0").json()["production"] == "1.0.0"


def test_nothing_to_undo_is_a_conflict(prompt: Prompt, stop: Any) -> None:
    answer = stop(reason=WHY)
    assert (answer.status_code, answer.json()["error"]) == (409, "refused")
    assert "no way back" in answer.json()["message"]


def test_only_the_scope_stop_may_stop_and_it_may_not_read(
    shop: World, prompt: Prompt, make_key: MakeKey, stop: Any, get: Get
) -> None:
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    for scope in ("read", "ingest", "ci"):
        answer = stop(reason=WHY, secret=make_key(scope).secret)
        assert (answer.status_code, answer.json()["error"]) == (403, "scope_missing")
    assert stop(reason=WHY, secret="pcms_stop_x").status_code == 401
    assert get(secret=make_key("stop").secret).status_code == 403
    assert get().json()["version"] == "1.0.1"


def test_another_projects_prompt_cannot_be_stopped(prompt: Prompt, stop: Any) -> None:
    bank = stages.world("bank")
    stages.in_production(bank, stages.prompt_named(bank, "bank/terms"))
    answer = stop(reason=WHY, name="bank/terms")
    assert (answer.status_code, answer.json()["error"]) == (404, "prompt_not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"reason": 5}, "reason"),
        ({"reason": WHY, "force": "yes"}, "force"),
        ({"reason": "x" * 1001}, "reason"),
    ],
)
def test_a_body_that_says_too_little_or_too_much_is_refused_by_field(
    prompt: Prompt, stop: Any, body: dict[str, Any], field: str
) -> None:
    answer = stop(**body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
