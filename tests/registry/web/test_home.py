"""Home shows what waits for this person, and nothing of what waits for others."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.lifecycle import Clearance
from registry.projects.models import Membership
from registry.prompts.drafts import open_draft, save_draft
from registry.prompts.models import Prompt
from registry.release.rollback import roll_back
from registry.release.rollout import end
from registry.release.transition import change_clearance
from registry.release.verdicts import record_verdict, settle
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World


@pytest.fixture
def in_review(shop: World, prompt: Prompt) -> Prompt:
    """A prompt in production whose MAJOR change waits for a signature."""
    first = stages.in_production(shop, prompt)
    stages.in_review_or_cleared(shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=first))
    return prompt


def test_a_review_waits_for_the_reviewer_and_not_for_who_wrote_it(
    shop: World, in_review: Prompt, as_: SignIn
) -> None:
    page = words(as_("rui").get("/"))
    assert "One thing waits for you." in page
    assert "Review support/system 2.0.0 MAJOR" in page
    Membership.objects.create(project=shop.project, person=shop.person("ana"), role="reviewer")
    for somebody in ("ana", "lea", "vic"):
        assert "Nothing waits for you." in words(as_(somebody).get("/"))


def test_a_cleared_version_waits_for_the_releaser_until_production_has_passed_it_by(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    first = stages.cleared(shop, stages.saved(shop, prompt))
    assert "Start support/system 1.0.0" in words(as_("lea").get("/"))
    assert "Start support/system" not in words(as_("rui").get("/"))
    second = stages.cleared(shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=first))
    stages.started(shop, second)
    assert "Nothing waits for you." in words(as_("lea").get("/"))


def test_a_rollout_whose_step_is_over_waits_for_the_releaser_and_is_shown_to_all(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    rollout = stages.in_canary(shop, prompt)
    assert "Rolling out now (1)" in words(as_("vic").get("/"))
    assert "Nothing waits for you." in words(as_("lea").get("/"))
    type(rollout).objects.filter(pk=rollout.pk).update(
        step_started_at=rollout.step_started_at - 3 * (stages.due(rollout) - rollout.started_at)
    )
    assert "Advance support/system 1.1.0" in words(as_("lea").get("/"))
    assert "Advance support/system" not in words(as_("vic").get("/"))


def test_saved_and_unsaved_work_waits_for_its_author(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    actor = shop.actor("ana")
    save_draft(
        open_draft(prompt, actor=actor), fields={"content": "Be k"}, expected_rev=0, actor=actor
    )
    assert "Go on support/system draft" in words(as_("ana").get("/"))
    stages.saved(shop, prompt)
    assert "Submit support/system 1.0.0" in words(as_("ana").get("/"))
    assert "support/system" not in words(as_("rui").get("/"))


def test_what_changed_in_production_says_who_and_why(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    first = stages.in_production(shop, prompt)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    roll_back(prompt, actor=shop.actor("lea"), reason="Errors rose.", now=database_now())
    page = words(as_("vic").get("/"))
    assert f"support/system 1.0.1 → {first.semver}" in page
    assert "lea: Errors rose." in page


def test_what_failed_lately_says_what_failed(shop: World, prompt: Prompt, as_: SignIn) -> None:
    version, gate = stages.saved(shop, prompt), Actor.system("gate")
    release = change_clearance(
        version.release, to=Clearance.EVALUATING, actor=shop.actor("ana"), reason="Please look."
    )
    verdict = record_verdict(
        version, kind="gate", outcome="fail", reasons=["2 of 40 cases now fail."], actor=gate
    )
    assert "No evaluation failed in the last 14 days, and no rollout went" in words(
        as_("vic").get("/")
    )
    settle(release, verdict=verdict, actor=gate)
    page = words(as_("vic").get("/"))
    assert "failed support/system 1.0.0" in page
    assert "2 of 40 cases now fail." in page


def test_a_rollout_that_went_back_by_itself_is_told_with_its_reason(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    rollout = stages.in_canary(shop, prompt)
    end(rollout, actor=Actor.system("watcher"), reason="Errors rose.", now=database_now())
    page = words(as_("vic").get("/"))
    assert "rolled back support/system 1.1.0" in page
    assert "rolled back by itself at 5 % Errors rose." in page
    assert "Errors rose." not in words(as_("oto").get("/"))


def test_a_skipped_step_is_loud_for_thirty_days(
    shop: World, prompt: Prompt, as_: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stages.in_production(shop, prompt)
    assert "Steps skipped" not in words(as_("vic").get("/"))
    stages.cleared(shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=first))
    page = words(as_("vic").get("/"))
    assert "Steps skipped in the last 30 days (1) support/system 1.1.0 unevaluated" in page
    assert "ada skipped the evaluation" in page
    assert "“No golden cases yet.”" in page
    later = database_now() + timedelta(days=31)
    monkeypatch.setattr("registry.web.home.database_now", lambda: later)
    assert "Steps skipped" not in words(as_("vic").get("/"))


def test_home_tells_somebody_without_anything_what_to_do_next(shop: World, as_: SignIn) -> None:
    assert "You are in no project yet." in words(as_("oto").get("/"))
    page = as_("ana").get("/")
    assert "There is no prompt yet. Write the first one" in words(page)
    assert "/projects/shop/prompts/new" in page.content.decode()
    assert "/projects/shop/prompts/new" not in as_("vic").get("/").content.decode()


def test_home_shows_nothing_of_other_projects(in_review: Prompt, as_: SignIn) -> None:
    assert "support/system" in words(as_("rui").get("/"))
    assert "support/system" not in words(as_("oto").get("/"))


def test_home_asks_the_database_as_often_for_many_prompts_as_for_one(
    shop: World, as_: SignIn
) -> None:
    counts = list(_query_counts(shop, as_, prompts=(2, 5)))
    assert counts[0] == counts[1]


def _query_counts(shop: World, as_: SignIn, prompts: tuple[int, int]) -> Iterator[int]:
    client = as_("lea")
    made = 0
    for wanted in prompts:
        while made < wanted:
            made += 1
            prompt = stages.prompt_named(shop, f"prompt/{made}")
            stages.in_production(shop, prompt)
            stages.in_canary(shop, prompt)
            stages.cleared(shop, stages.saved(shop, stages.prompt_named(shop, f"waiting/{made}")))
        with CaptureQueriesContext(connection) as queries:
            assert "New prompt" not in words(client.get("/"))
        yield len(queries)
