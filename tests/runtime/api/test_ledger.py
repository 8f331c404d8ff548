"""An application asks what its labels served, and when."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from registry.audit.clock import database_now
from registry.prompts.models import Prompt
from registry.release.models import LabelEvent
from tests import stages
from tests.runtime.api.conftest import Ask
from tests.runtime.conftest import MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """The prompt support/system, version 1.0.0 in production for three days."""
    prompt = stages.prompt_named(shop)
    now = database_now() - timedelta(days=3)
    rollout = stages.started(shop, stages.cleared(shop, stages.saved(shop, prompt)), now=now)
    while rollout.ended_at is None:
        rollout, now = stages.next_step(shop, rollout, now)
    return prompt


def served(answer: Any) -> dict[str, str]:
    return {row["label"]: row["version"] for row in answer.json()["served"]}


def moves(answer: Any) -> list[tuple[str, str | None, str]]:
    return [(row["label"], row["from"], row["to"]) for row in answer.json()["moves"]]


def test_the_ledger_tells_what_is_served_now_and_every_move(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    stages.in_canary(shop, prompt)
    answer = ask("prompts/support/system/ledger")
    assert served(answer) == {"production": "1.0.0", "staging": "1.1.0", "canary": "1.1.0"}
    assert answer.json()["canary"] == {"version": "1.1.0", "percent": 5}
    assert moves(answer) == [
        ("canary", None, "1.1.0"),
        ("staging", "1.0.0", "1.1.0"),
        ("production", None, "1.0.0"),
        ("staging", None, "1.0.0"),
    ]
    newest = answer.json()["moves"][0]
    assert (newest["rev"], newest["by"], newest["reason"]) == (1, "lea", "It looks good.")
    assert newest["at"].endswith("Z")


def test_at_a_moment_the_ledger_tells_what_was_served_then(
    shop: World, prompt: Prompt, ask: Ask
) -> None:
    stages.in_canary(shop, prompt)
    canary = LabelEvent.objects.get(name="canary").at
    before = (canary - timedelta(milliseconds=1)).isoformat()
    answer = ask(f"prompts/support/system/ledger?at={quote(before)}")
    assert served(answer)["canary"] == served(answer)["production"]
    assert answer.json()["canary"] is None
    assert ("canary", None, "1.1.0") not in moves(answer)
    then = ask(f"prompts/support/system/ledger?at={quote(canary.isoformat())}").json()
    assert then["canary"] == {"version": "1.1.0", "percent": 5}
    ages_ago = ask("prompts/support/system/ledger?at=2001-02-03T04:05:06Z").json()
    assert (ages_ago["at"], ages_ago["served"], ages_ago["moves"]) == (
        "2001-02-03T04:05:06.000Z", [], [],
    )  # fmt: skip


def test_a_key_reads_the_moves_of_its_labels_only(
    shop: World, prompt: Prompt, ask: Ask, make_key: MakeKey
) -> None:
    stages.in_canary(shop, prompt)
    staging = ask("prompts/support/system/ledger", secret=make_key(labels=("staging",)).secret)
    assert {label for label, _, _ in moves(staging)} == {"staging"}
    assert (served(staging), staging.json()["canary"]) == ({"staging": "1.1.0"}, None)
    canary = ask("prompts/support/system/ledger", secret=make_key(labels=("canary",)).secret)
    assert served(canary) == {"canary": "1.1.0"}
    assert canary.json()["canary"]["percent"] == 5


def test_pages_of_moves_follow_each_other(shop: World, prompt: Prompt, ask: Ask) -> None:
    stages.in_canary(shop, prompt)
    whole = moves(ask("prompts/support/system/ledger"))
    first = ask("prompts/support/system/ledger?limit=3")
    rest = ask(f"prompts/support/system/ledger?limit=3&after={first.json()['next']}")
    assert moves(first) + moves(rest) == whole
    assert rest.json()["next"] is None


@pytest.mark.parametrize(
    "at",
    [
        *("yesterday", "", "2026-11-03", "2026-11-03T14:05", "2026-02-30T00:00:00Z"),
        *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00%2B14:00", "2099-01-01T00:00:00Z"),
        "2026-11-03T14:05+01:00",
    ],
)
def test_a_moment_that_cannot_be_read_or_has_not_come_is_refused(
    prompt: Prompt, ask: Ask, at: str
) -> None:
    answer = ask(f"prompts/support/system/ledger?at={at}")
    assert (answer.status_code, answer.json()["field"]) == (400, "at")


def test_a_long_ledger_costs_as_many_queries_as_a_short_one(
    shop: World, prompt: Prompt, ask: Ask, django_assert_num_queries: Any
) -> None:
    at = quote(database_now().isoformat())
    queries = 10  # key, clock, prompt, generation, moves, each label, production, canary
    with django_assert_num_queries(queries):
        ask(f"prompts/support/system/ledger?at={at}")
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    with django_assert_num_queries(queries):
        assert len(moves(ask("prompts/support/system/ledger"))) == 4
