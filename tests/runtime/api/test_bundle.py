"""A client fetches what a label answers for all prompts at once, and keeps it as a snapshot."""

import json
from typing import Any

import pytest

from registry.audit.clock import database_now
from registry.prompts.models import Alias, Prompt
from registry.release.rollback import roll_back
from registry.runtime.api import bundle
from tests import stages
from tests.runtime.api.conftest import Ask
from tests.runtime.conftest import Get, MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db


def test_a_bundle_holds_the_answer_of_each_prompt_to_the_byte(
    shop: World, prompt: Prompt, ask: Ask, get: Get
) -> None:
    stages.in_canary(shop, prompt)
    stages.in_production(shop, stages.prompt_named(shop, "faq/tone"))
    Alias.objects.create(project=shop.project, prompt=prompt, name="Support Bot")
    answer = ask("bundle")
    alone = {name: get(name) for name in ("faq/tone", "support/system")}
    bodies = ",".join(f'"{name}":{one.content.decode()}' for name, one in alone.items())
    generation = alone["faq/tone"]["X-Pcms-Generation"]
    assert (
        answer.content.decode()
        == f'{{"generation":"{generation}","label":"production","prompts":{{{bodies}}}}}'
    )
    assert answer.json()["prompts"]["support/system"]["rollout"]["percent"] == 5
    assert answer["X-Pcms-Generation"] == generation


def test_a_bundle_names_only_labels_that_the_key_may_read(
    prompt: Prompt, ask: Ask, get: Get, make_key: MakeKey
) -> None:
    secret = make_key(labels=("production",)).secret
    body = ask("bundle", secret=secret).json()["prompts"]["support/system"]
    assert body["labels"] == ["production"]
    assert body == get(secret=secret).json()
    assert ask("bundle?label=staging", secret=secret).json()["error"] == "label_forbidden"


def test_a_bundle_is_sent_again_only_when_something_changed(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    first = ask("bundle?prefix=support/")
    again = ask("bundle?prefix=support/", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ask("bundle?label=staging", **{"If-None-Match": first["ETag"]}).status_code == 200
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    later = ask("bundle?prefix=support/", **{"If-None-Match": first["ETag"]})
    assert (later.status_code, later["ETag"] != first["ETag"]) == (200, True)
    roll_back(prompt, actor=shop.actor("lea"), reason="Worse.", now=database_now())
    body = ask("bundle?prefix=support/", **{"If-None-Match": later["ETag"]}).json()
    assert body["prompts"]["support/system"]["version"] == "1.0.0"


def test_nothing_under_a_prefix_is_an_empty_bundle(prompt: Prompt, ask: Ask) -> None:
    assert ask("bundle?prefix=nothing/").json()["prompts"] == {}


@pytest.mark.parametrize("limit", ["MOST_PROMPTS", "MOST_BYTES"])
def test_too_much_for_one_answer_is_refused_with_a_prefix_that_is_narrower(
    shop: World, prompt: Prompt, ask: Ask, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    for name in ("support/refunds", "faq/tone", "plain"):
        stages.in_production(shop, stages.prompt_named(shop, name))
    monkeypatch.setattr(bundle, limit, 2 if limit == "MOST_PROMPTS" else 1_000)
    answer = ask("bundle")
    assert (answer.status_code, answer.json()["field"]) == (413, "prefix")
    assert "prefix=support/" in answer.json()["message"]
    assert ask("bundle?prefix=support/").status_code == 200


def test_a_large_bundle_costs_as_many_queries_as_a_small_one(
    shop: World, prompt: Prompt, ask: Ask, django_assert_num_queries: Any
) -> None:
    queries = 4  # the key, the generation, how much it is, the bodies
    with django_assert_num_queries(queries):
        assert len(ask("bundle").json()["prompts"]) == 1
    for n in range(3):
        stages.in_production(shop, stages.prompt_named(shop, f"many/{n}"))
    with django_assert_num_queries(queries):
        etag = ask("bundle")["ETag"]
    with django_assert_num_queries(2):
        assert ask("bundle", **{"If-None-Match": etag}).status_code == 304


def test_a_name_is_written_as_json(prompt: Prompt, ask: Ask) -> None:
    assert list(json.loads(ask("bundle").content)["prompts"]) == ["support/system"]
