"""An application lists the versions that its key may see, and fetches one of them."""

from typing import Any

import pytest

from registry.audit.clock import database_now
from registry.prompts.models import Alias, Prompt
from registry.release.rollback import roll_back
from tests import stages
from tests.runtime.api.conftest import Ask
from tests.runtime.conftest import Get, MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db


def numbers(answer: Any) -> list[str]:
    return [row["version"] for row in answer.json()["versions"]]


def test_a_version_tells_its_number_its_reason_and_its_labels(prompt: Prompt, ask: Ask) -> None:
    version = prompt.versions.get()
    answer = ask("prompts/support/system/versions")
    (row,) = answer.json()["versions"]
    assert row.pop("created_at").endswith("Z")
    assert row == {
        "version": "1.0.0",
        "revision": 1,
        "digest": version.digest,
        "reason": "Because the tests need it.",
        "labels": ["production", "staging"],
    }


def test_drafts_and_what_was_never_released_are_not_listed(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    first = prompt.versions.get()
    stages.saved(shop, prompt, stages.MAJOR_TEXT, base=first)
    assert numbers(ask("prompts/support/system/versions")) == ["1.0.0"]


def test_a_treatment_is_listed_while_its_canary_runs_and_to_keys_that_may_read_it(
    shop: World, prompt: Prompt, ask: Ask, make_key: MakeKey
) -> None:
    stages.in_canary(shop, prompt)
    production = make_key(labels=("production",)).secret
    assert numbers(ask("prompts/support/system/versions", secret=production)) == ["1.1.0", "1.0.0"]
    roll_back(prompt, actor=shop.actor("lea"), reason="Worse.", now=database_now())
    assert numbers(ask("prompts/support/system/versions", secret=production)) == ["1.0.0"]
    assert numbers(ask("prompts/support/system/versions")) == ["1.1.0", "1.0.0"]  # held canary


def test_a_page_of_versions_begins_where_the_one_before_ended(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    stages.in_production(shop, prompt, stages.FIRST_TEXT)
    first = ask("prompts/support/system/versions?limit=2")
    assert numbers(first) == ["1.0.2", "1.0.1"]
    rest = ask(f"prompts/support/system/versions?limit=2&after={first.json()['next']}")
    assert (numbers(rest), rest.json()["next"]) == (["1.0.0"], None)
    assert ask("prompts/support/system/versions?after=999999999999999999").status_code == 200
    assert ask("prompts/support/system/versions?after=-1").json()["field"] == "after"


def test_an_old_name_finds_the_same_versions(shop: World, prompt: Prompt, ask: Ask) -> None:
    Alias.objects.create(project=shop.project, prompt=prompt, name="Support Bot")
    answer = ask("prompts/Support%20Bot/versions")
    assert (answer.json()["name"], numbers(answer)) == ("support/system", ["1.0.0"])


def test_an_exact_version_has_one_answer_under_both_addresses(
    prompt: Prompt, ask: Ask, get: Get
) -> None:
    for number in ("1.0.0", "v1.0.0", "9.9.9", "nonsense", "1.0"):
        own = ask(f"prompts/support/system/versions/{number}")
        asked = get(f"support/system?version={number}")
        assert (own.status_code, own.content) == (asked.status_code, asked.content)
        for header in ("ETag", "Cache-Control", "Content-Type", "X-Pcms-Generation"):
            assert own.get(header) == asked.get(header)
    etag = get("support/system?version=1.0.0")["ETag"]
    again = ask("prompts/support/system/versions/1.0.0", **{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_an_exact_version_takes_no_parameters(prompt: Prompt, ask: Ask) -> None:
    answer = ask("prompts/support/system/versions/1.0.0?label=staging")
    assert (answer.status_code, answer.json()["field"]) == (400, "label")


def test_many_versions_cost_as_many_queries_as_one(
    shop: World, prompt: Prompt, ask: Ask, django_assert_num_queries: Any
) -> None:
    queries = 5  # the key, the prompt, the generation, the versions, the labels
    with django_assert_num_queries(queries):
        ask("prompts/support/system/versions")
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    stages.in_canary(shop, prompt)
    with django_assert_num_queries(queries):
        assert len(numbers(ask("prompts/support/system/versions"))) == 3
