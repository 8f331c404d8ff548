"""An application lists the prompts of its project."""

from typing import Any

import pytest

from registry.audit.clock import database_now
from registry.prompts.models import Prompt
from tests import stages
from tests.runtime.api.conftest import Ask
from tests.runtime.conftest import MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["prompts"]]


def test_the_list_says_what_each_label_answers(prompt: Prompt, ask: Ask) -> None:
    answer = ask("prompts")
    assert answer.status_code == 200
    assert answer.json() == {
        "prompts": [
            {
                "name": "support/system",
                "title": "",
                "kind": "text",
                "labels": {"canary": "1.0.0", "production": "1.0.0", "staging": "1.0.0"},
                "archived": False,
            }
        ],
        "next": None,
    }


def test_a_key_reads_of_its_labels_only(
    shop: World, prompt: Prompt, ask: Ask, make_key: MakeKey
) -> None:
    stages.in_canary(shop, prompt)
    staging = make_key(labels=("staging",)).secret
    canary = make_key(labels=("canary",)).secret
    assert ask("prompts", secret=staging).json()["prompts"][0]["labels"] == {"staging": "1.1.0"}
    assert ask("prompts", secret=canary).json()["prompts"][0]["labels"] == {"canary": "1.1.0"}


def test_a_prompt_that_serves_nothing_is_listed_without_labels(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    stages.saved(shop, stages.prompt_named(shop, "faq/tone"))
    rows = {row["name"]: row["labels"] for row in ask("prompts").json()["prompts"]}
    assert rows["faq/tone"] == {}
    assert names(ask("prompts?label=production")) == ["support/system"]


def test_an_archived_prompt_is_served_on_and_says_so(prompt: Prompt, ask: Ask) -> None:
    Prompt.objects.filter(pk=prompt.pk).update(archived_at=database_now())
    (row,) = ask("prompts").json()["prompts"]
    assert (row["archived"], row["labels"]["production"]) == (True, "1.0.0")


def test_a_prefix_narrows_the_list_and_its_signs_mean_themselves(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    for name in ("support/refunds", "support_x", "faq/tone"):
        stages.prompt_named(shop, name)
    assert names(ask("prompts?prefix=support/")) == ["support/refunds", "support/system"]
    assert names(ask("prompts?prefix=support_")) == ["support_x"]
    refused = ask("prompts?prefix=Support")
    assert (refused.status_code, refused.json()["field"]) == (400, "prefix")


def test_pages_follow_each_other_without_gap_or_repetition(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    made = sorted(stages.prompt_named(shop, f"many/{n}").name for n in range(5))
    found, following = [], ""
    for _ in range(3):
        page = ask(f"prompts?limit=2{following}")
        found += names(page)
        following = f"&after={page.json()['next']}"
    assert found == [*made, "support/system"]
    assert page.json()["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("limit=²", "limit"),
        ("label=latest", "label"),
        ("page=2", "page"),
        ("after=a&after=b", "after"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(ask: Ask, query: str, field: str) -> None:
    answer = ask(f"prompts?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_label_that_the_key_may_not_read_is_forbidden(
    prompt: Prompt, ask: Ask, make_key: MakeKey
) -> None:
    production = make_key(labels=("production",)).secret
    answer = ask("prompts?label=staging", secret=production)
    assert (answer.status_code, answer.json()["error"]) == (403, "label_forbidden")
    assert ask("prompts?label=production", secret=production).status_code == 200


def test_another_project_has_its_own_list(prompt: Prompt, ask: Ask) -> None:
    bank = stages.world("bank")
    stages.in_production(bank, stages.prompt_named(bank, "loans"))
    secret = stages.key(bank).secret
    assert names(ask("prompts", secret=secret)) == ["loans"]
    assert names(ask("prompts")) == ["support/system"]


def test_a_long_list_costs_as_many_queries_as_a_short_one(
    shop: World, prompt: Prompt, ask: Ask, django_assert_num_queries: Any
) -> None:
    queries = 4  # the key, the generation, the prompts, their labels
    with django_assert_num_queries(queries):
        assert len(names(ask("prompts"))) == 1
    for n in range(3):
        stages.in_production(shop, stages.prompt_named(shop, f"many/{n}"))
    with django_assert_num_queries(queries):
        assert len(names(ask("prompts"))) == 4
