"""The list of prompts, as Langfuse pages and filters it."""

from datetime import timedelta
from typing import Any

import pytest

from registry.audit.clock import database_now
from registry.prompts.models import Alias, Prompt
from registry.release.models import Label
from tests import stages
from tests.runtime.conftest import MakeKey
from tests.runtime.langfuse.conftest import PROMPTS, Ask
from tests.stages import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(shop: World, prompt: Prompt) -> list[Prompt]:
    """support/system 1.0.0 and 1.1.0 (canary), faq/tone 1.0.0, and one never released."""
    faq = stages.prompt_named(shop, "faq/tone")
    stages.in_production(shop, faq, "Be kind to {{customer}}.")
    stages.in_canary(shop, prompt)
    stages.saved(shop, stages.prompt_named(shop, "fresh/one"))
    Prompt.objects.filter(pk=faq.pk).update(tags=["tone", "Größe", 'a "b"', "ab"])
    Alias.objects.create(project=shop.project, prompt=faq, name="Old näme")
    return [faq, prompt]


def names(ask: Ask, query: str = "", **more: Any) -> list[str]:
    """Return the names on a page."""
    answer = ask(f"{PROMPTS}?{query}", **more)
    assert answer.status_code == 200, (query, answer.content)
    return [row["name"] for row in answer.json()["data"]]


def test_a_row_has_what_an_sdk_reads_and_the_page_says_how_many_there_are(
    shelf: list[Prompt], ask: Ask
) -> None:
    body = ask(PROMPTS).json()
    assert body["meta"] == {"page": 1, "limit": 10, "totalItems": 2, "totalPages": 1}
    first, second = body["data"]
    assert {**first, "lastUpdatedAt": ""} == {
        "name": "faq/tone",
        "type": "text",
        "versions": [1],
        "labels": ["production", "staging", "v1.0.0"],
        "tags": ["tone", "Größe", 'a "b"', "ab"],
        "lastUpdatedAt": "",
        "lastConfig": {},
    }
    assert second["versions"] == [1, 2]
    assert second["labels"] == ["canary", "production", "staging", "v1.0.0", "v1.1.0"]
    newest = [row["updatedAt"] for row in (ask(f"{PROMPTS}/{n}").json() for n in names(ask))]
    assert first["lastUpdatedAt"] == newest[0]
    assert second["lastUpdatedAt"] >= newest[1]


QUESTIONS: list[tuple[str, list[tuple[str, list[int]]]]] = [
    ("name=faq/tone", [("faq/tone", [1])]),
    ("name=Old%20n%C3%A4me", [("faq/tone", [1])]),
    ("name=faq", []),
    ("name=fresh/one", []),
    ("tag=tone", [("faq/tone", [1])]),
    ("tag=Gr%C3%B6%C3%9Fe", [("faq/tone", [1])]),
    ("tag=a%20%22b%22", [("faq/tone", [1])]),
    ("tag=a", []),
    ("tag=Tone", []),
    ("label=production", [("faq/tone", [1]), ("support/system", [1])]),
    ("label=staging", [("faq/tone", [1]), ("support/system", [2])]),
    ("label=canary", [("support/system", [2])]),
    ("label=v1.0.0", [("faq/tone", [1]), ("support/system", [1])]),
    ("label=1.1.0", [("support/system", [2])]),
    ("label=latest", [("faq/tone", [1]), ("support/system", [2])]),
    ("label=unknown", []),
    ("label=production&tag=tone", [("faq/tone", [1])]),
    ("label=&tag=&name=&page=&limit=", [("faq/tone", [1]), ("support/system", [1, 2])]),
    ("limit=1", [("faq/tone", [1])]),
    ("limit=1&page=2", [("support/system", [1, 2])]),
    ("limit=1&page=3", []),
    ("page=1000000&limit=100", []),
    ("fromUpdatedAt=2020-01-01T00:00:00Z&tag=tone", [("faq/tone", [1])]),
    ("fromUpdatedAt=2999-01-01T00:00:00Z", []),
    ("toUpdatedAt=2020-01-01T00:00:00.000Z", []),
    ("toUpdatedAt=2020-01-01T00:00:00%2B02:00", []),
    ("unknown=parameter&tag=tone", [("faq/tone", [1])]),
]


@pytest.mark.parametrize("query", [query for query, _ in QUESTIONS])
def test_the_list_is_narrowed_to_prompts_and_versions_that_match(
    shelf: list[Prompt], ask: Ask, query: str
) -> None:
    rows = ask(f"{PROMPTS}?{query}").json()["data"]
    assert [(row["name"], row["versions"]) for row in rows] == dict(QUESTIONS)[query]


def test_a_move_of_a_label_counts_as_an_update(shelf: list[Prompt], ask: Ask) -> None:
    later = database_now() + timedelta(days=3)
    Label.objects.filter(prompt=shelf[0], name="production").update(moved_at=later)
    moment = f"{later - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    assert names(ask, f"fromUpdatedAt={moment}") == ["faq/tone"]
    assert names(ask, f"toUpdatedAt={moment}") == ["support/system"]
    assert ask(PROMPTS).json()["data"][0]["lastUpdatedAt"].startswith(f"{later:%Y-%m-%d}")


BAD_QUESTIONS = [
    "page=0",
    "page=-1",
    "page=x",
    "page=1.5",
    "page=" + "9" * 23,
    "page=%D9%A1",
    "limit=0",
    "limit=101",
    "limit=1&limit=2",
    "fromUpdatedAt=yesterday",
    "fromUpdatedAt=2026-02-30T00:00:00Z",
    "fromUpdatedAt=0001-01-01T00:00:00%2B14:00",
    "toUpdatedAt=9999-12-31T23:59:59-14:00",
    "filter=[]",
    "tag=%00",
]


def test_a_question_that_cannot_be_meant_is_a_400(shelf: list[Prompt], ask: Ask) -> None:
    answers = {query: ask(f"{PROMPTS}?{query}") for query in BAD_QUESTIONS}
    assert {query: a.status_code for query, a in answers.items() if a.status_code != 400} == {}
    assert {tuple(sorted(a.json())) for a in answers.values()} == {("error", "message")}


def test_a_key_lists_only_what_it_may_see(
    shop: World, shelf: list[Prompt], make_key: MakeKey, ask: Ask
) -> None:
    staging = make_key(labels=("staging",)).secret
    canary = make_key(labels=("canary",)).secret
    rows = ask(PROMPTS, secret=staging).json()["data"]
    assert [(row["versions"], row["labels"]) for row in rows] == [
        ([1], ["staging", "v1.0.0"]),
        ([1, 2], ["staging", "v1.0.0", "v1.1.0"]),
    ]
    assert names(ask, secret=canary) == ["support/system"]
    assert ask(f"{PROMPTS}?label=production", secret=staging).status_code == 403
    assert names(ask, secret=stages.key(stages.world("bank")).secret) == []


def test_a_page_costs_the_same_few_queries_whatever_is_on_it(
    shop: World, shelf: list[Prompt], ask: Ask, django_assert_num_queries: Any
) -> None:
    for number in range(2):
        with django_assert_num_queries(5):  # the key; the count; the page; versions; labels
            names(ask)
        with django_assert_num_queries(5):
            names(ask, "label=latest&tag=tone")
        stages.in_production(shop, stages.prompt_named(shop, f"more/{number}"))
    assert len(names(ask)) == 4
