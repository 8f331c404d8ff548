"""An application, or the CI of one, asks what changed between two versions."""

from typing import Any

import pytest

from registry.domain.semver import Bump
from registry.prompts.models import Prompt, Version
from registry.prompts.save import save_version
from tests import stages
from tests.runtime.api.conftest import Ask
from tests.runtime.conftest import MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db
OLD = "1.0.0"


@pytest.fixture
def changed(shop: World, prompt: Prompt) -> Version:
    """Version 2.0.0 in production: a variable, a parameter and a schema more than 1.0.0."""
    content = stages.text(
        stages.MAJOR_TEXT,
        config={"temperature": 0.2},
        output_schema={"type": "object"},
        variables=[{"name": "company", "description": "Who we are."}],
    )
    version = save_version(
        prompt,
        content=content,
        bump=Bump.MAJOR,
        base=prompt.versions.get(),
        reason="Plans.",
        actor=shop.actor("ana"),
    )
    stages.started(shop, stages.cleared(shop, version))
    return version


def test_the_difference_is_told_in_words_as_lines_and_as_fields(changed: Version, ask: Ask) -> None:
    answer = ask("prompts/support/system/diff?from=1.0.0&to=2.0.0")
    body = answer.json()
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert (body["name"], body["from"], body["to"]) == ("support/system", "1.0.0", "2.0.0")
    assert "new variable plan" in body["summary"]
    assert body["unified"].startswith("--- 1.0.0\n+++ 2.0.0\n@@ ")
    assert f"\n-{stages.FIRST_TEXT}\n+{stages.MAJOR_TEXT}\n" in body["unified"]
    added = {"path": "temperature", "what": "added", "from": None, "to": 0.2}
    assert body["config"] == [added]
    assert body["output_schema"][0]["what"] == "added"
    assert body["variables"]["added"] == ["plan"]
    assert body["variables"]["changed"][0]["path"] == "company.description"


def test_a_version_is_no_different_from_itself(prompt: Prompt, ask: Ask) -> None:
    body = ask("prompts/support/system/diff?from=1.0.0&to=v1.0.0").json()
    assert (body["same"], body["summary"], body["unified"]) == (True, [], "")


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("from=1.0.0", 400, "to"),
        ("to=1.0.0", 400, "from"),
        ("from=&to=1.0.0", 400, "from"),
        ("from=1.0.0&to=production", 400, "to"),
        ("from=1.0.0&to=3.0.0", 404, "to"),
        ("from=1.0.0&to=1.0.0&x=1", 400, "x"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_its_name(
    prompt: Prompt, ask: Ask, query: str, status: int, field: str
) -> None:
    answer = ask(f"prompts/support/system/diff?{query}")
    assert (answer.status_code, answer.json()["field"]) == (status, field)


def test_a_version_that_the_key_may_not_see_cannot_be_read_by_comparing(
    shop: World, prompt: Prompt, changed: Version, ask: Ask, make_key: MakeKey
) -> None:
    stages.saved(shop, prompt, base=changed)
    assert ask("prompts/support/system/diff?from=1.0.0&to=2.0.1").status_code == 404
    production = make_key(labels=("production",)).secret
    hidden = ask("prompts/support/system/diff?from=1.0.0&to=2.0.0", secret=production)
    assert (hidden.status_code, hidden.json()["error"]) == (404, "version_not_found")


def test_a_comparison_costs_four_queries(
    changed: Version, ask: Ask, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):  # the key, the prompt, both versions
        assert ask("prompts/support/system/diff?from=1.0.0&to=2.0.0").status_code == 200
