"""The inbox: what waits for whom, in which words, and never more queries than for one prompt."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.offline.conclude import cancel
from evaluation.offline.models import Run
from registry.audit.clock import database_now
from registry.domain.roles import Role
from registry.prompts.drafts import open_draft, save_draft
from registry.prompts.models import Prompt, Version
from registry.release.review import request_changes
from registry.release.rollback import roll_back
from registry.web.review.due import FEW
from tests import stages
from tests.registry.review.conftest import SignIn, give_role
from tests.registry.web.reading import words
from tests.stages import World


def sent_back(shop: World, version: Version) -> None:
    """Let Rui ask for changes."""
    request_changes(
        version,
        seen_digest=version.digest,
        seen_verdict=version.release.verdict_id,
        actor=shop.actor("rui"),
        comment="Name the plan first.",
    )


def count(response: object) -> str:
    """Return the number beside Inbox in the navigation, "" for none."""
    found = re.search(r", (\d+) waiting for you", words(response))
    return found[1] if found else ""


def test_a_row_says_what_by_whom_how_large_what_was_found_and_why(
    major: Version, as_: SignIn
) -> None:
    page = as_("rui").get("/inbox")
    assert "To review (1) Review support/system 2.0.0 MAJOR inconclusive ana" in words(page)
    assert "Because the tests need it." in words(page)
    assert "Nobody has chosen golden cases" in words(page)
    assert f"/versions/{major.semver}/review" in page.content.decode()
    assert count(page) == "1"


def test_many_first_versions_at_once_do_not_flood_whoever_imported_them(
    shop: World, as_: SignIn
) -> None:
    began = [stages.prompt_named(shop, f"old/number-{number}") for number in range(FEW)]
    for one in began:
        stages.saved(shop, one)
    assert count(as_("ana").get("/inbox")) == str(FEW)
    stages.saved(shop, stages.prompt_named(shop, "old/one-more"))
    assert count(as_("ana").get("/inbox")) == ""
    edited = stages.saved(shop, began[0], stages.MINOR_TEXT, base=began[0].versions.get())
    page = as_("ana").get("/inbox")
    assert count(page) == "1"
    assert f"old/number-0 {edited.semver}" in words(page)


def test_a_review_waits_for_nobody_who_wrote_it_or_may_not_sign(
    shop: World, major: Version, as_: SignIn
) -> None:
    give_role(shop, "ana", Role.REVIEWER)
    for somebody in ("ana", "lea", "vic", "oto"):
        page = as_(somebody).get("/inbox")
        assert "Nothing waits for you." in words(page)
        assert count(page) == ""


def test_a_major_in_review_stays_after_a_hotfix_went_out_with_a_higher_revision(
    shop: World, prompt: Prompt, major: Version, as_: SignIn
) -> None:
    hotfix = stages.in_production(shop, prompt, stages.PATCH_TEXT)
    assert hotfix.revision > major.revision
    for address in ("/", "/inbox"):
        assert "Review support/system 2.0.0" in words(as_("rui").get(address))


def test_an_evaluation_that_broke_off_waits_for_whoever_submitted_it(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    stages.with_suite(shop, prompt)
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    stages.submit(minor, actor=shop.actor("lea"), reason="Please look.")
    assert "The run broke off" not in words(as_("lea").get("/inbox"))
    cancel(Run.objects.get(), actor=shop.actor("lea"), reason="Wrong model.")
    for name in ("lea", "ana"):
        page = words(as_(name).get("/inbox"))
        assert "The run broke off (1) Run again support/system 1.1.0" in page
    assert "Nothing waits for you." in words(as_("rui").get("/inbox"))


def test_requested_changes_wait_for_the_author_until_a_version_answers_them(
    shop: World, prompt: Prompt, major: Version, as_: SignIn
) -> None:
    sent_back(shop, major)
    page = words(as_("ana").get("/inbox"))
    assert "Changes requested from you (1) Change support/system 2.0.0" in page
    stages.saved(shop, prompt, stages.MAJOR_TEXT + " Be kind.", base=major)
    page = words(as_("ana").get("/inbox"))
    assert "Changes requested" not in page
    assert "Submit support/system" in page


def test_what_is_cleared_and_not_started_waits_for_the_releaser(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    minor = stages.cleared(shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=first))
    assert "Cleared, not started (1) Start support/system 1.1.0" in words(as_("lea").get("/inbox"))
    assert "Nothing waits for you." in words(as_("rui").get("/inbox"))
    stages.started(shop, minor)
    assert "Nothing waits for you." in words(as_("lea").get("/inbox"))


def test_mine_says_whose_turn_it_is(shop: World, major: Version, as_: SignIn) -> None:
    page = words(as_("ana").get("/inbox?tab=mine"))
    assert "support/system 2.0.0 MAJOR in review" in page
    assert "A reviewer who did not write it approves" in page
    assert "Nothing that you wrote is on its way." in words(as_("lea").get("/inbox?tab=mine"))


def test_a_version_that_is_rolled_out_again_is_mine_once(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    rollout = stages.in_canary(shop, prompt)
    roll_back(prompt, actor=shop.actor("lea"), reason="Oops.", now=database_now())
    stages.started(shop, rollout.version)
    page = words(as_("ana").get("/inbox?tab=mine"))
    assert page.count("support/system 1.1.0") == 1


def test_decided_tells_who_answered_what_and_goes_back_page_by_page(
    shop: World, major: Version, as_: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rui = as_("rui")
    assert "Nobody has decided about a version yet." in words(rui.get("/inbox?tab=decided"))
    sent_back(shop, major)
    assert "changes by you" in words(rui.get("/inbox?tab=decided"))
    seen_by_lea = words(as_("lea").get("/inbox?tab=decided"))
    assert "by rui" in seen_by_lea
    assert "Name the plan first." in seen_by_lea
    assert "support/system" not in words(as_("oto").get("/inbox?tab=decided"))
    monkeypatch.setattr("registry.web.review.inbox.ROWS", 1)
    again = stages.saved(shop, major.prompt, stages.MAJOR_TEXT + " Be kind.", base=major)
    sent_back(shop, stages.in_review_or_cleared(shop, again))
    newest = rui.get("/inbox?tab=decided")
    assert f"support/system {again.semver}" in words(newest)
    assert "Earlier decisions" in words(newest)
    older = newest.content.decode().partition("before=")[2].partition('"')[0]
    assert "support/system 2.0.0" in words(rui.get(f"/inbox?tab=decided&before={older}"))
    assert rui.get("/inbox?tab=decided&before=x").status_code == 200


@pytest.mark.parametrize("tab", ["waiting", "mine", "decided"])
def test_the_inbox_asks_the_database_as_often_for_many_as_for_one(
    shop: World, as_: SignIn, tab: str
) -> None:
    counts = list(_query_counts(shop, as_, tab))
    assert counts[0] == counts[1]


def _query_counts(shop: World, as_: SignIn, tab: str) -> Iterator[int]:
    for name in ("reviewer", "releaser"):
        give_role(shop, "ana", Role(name))
    ana, made = as_("ana"), 0
    for wanted in (1, 3):
        while made < wanted:
            made += 1
            prompt = stages.prompt_named(shop, f"waiting/{made}")
            base = stages.in_production(shop, prompt)
            back = stages.saved(shop, prompt, stages.MAJOR_TEXT, base=base)
            sent_back(shop, stages.in_review_or_cleared(shop, back))
            stages.saved(shop, prompt, stages.MINOR_TEXT, base=base)
            actor = shop.actor("ana")
            draft = open_draft(prompt, actor=actor)
            save_draft(draft, fields={"content": "Be k"}, expected_rev=0, actor=actor)
        with CaptureQueriesContext(connection) as queries:
            assert f"waiting/{made}" in words(ana.get(f"/inbox?tab={tab}"))
        yield len(queries)
