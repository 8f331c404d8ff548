"""A yes is bound to what was seen, to what production serves, and to the right to give it."""

import pytest

from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import Clearance
from registry.domain.semver import Risk
from registry.prompts.models import Prompt, Version
from registry.release.models import Approval
from registry.release.review import approve, reject
from registry.release.rollout import advance
from tests import stages
from tests.stages import World


def seen(version: Version) -> dict[str, object]:
    version.release.refresh_from_db()
    return {"seen_digest": version.digest, "seen_verdict": version.release.verdict_id}


def test_a_yes_to_what_production_has_passed_by_is_refused_in_words_and_a_no_is_not(
    shop: World, prompt: Prompt, major: Version
) -> None:
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    with pytest.raises(Stale, match=r"serves 1.0.1 now.*evaluated against 1.0.0"):
        approve(major, **seen(major), actor=shop.actor("rui"))
    assert not Approval.objects.exists()
    release = reject(major, **seen(major), actor=shop.actor("rui"), comment="Overtaken.")
    assert release.state == Clearance.REJECTED


def test_who_looked_before_the_evaluation_was_repeated_reads_what_changed(
    shop: World, prompt: Prompt, major: Version
) -> None:
    looked_at = seen(major)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    stages.in_review_or_cleared(shop, major)
    with pytest.raises(Stale, match="evaluated again.*Production serves another version"):
        approve(major, **looked_at, actor=shop.actor("rui"))
    assert approve(major, **seen(major), actor=shop.actor("rui")).state == Clearance.CLEARED


def test_the_right_to_sign_is_asked_again_at_every_step_forward(
    shop: World, major: Version
) -> None:
    approve(major, **seen(major), actor=shop.actor("rui"))
    rollout = stages.started(shop, major)
    shop.person("rui").memberships.all().delete()
    with pytest.raises(Refused, match="no longer holds the right to sign"):
        advance(
            rollout,
            expected_epoch=rollout.epoch,
            actor=shop.actor("lea"),
            reason="Go on.",
            now=stages.due(rollout),
        )
    major.release.refresh_from_db()
    assert major.release.state == Clearance.IN_REVIEW
    [other] = stages.more_reviewers(shop, 1)
    approve(major, **seen(major), actor=other)
    moved = advance(
        rollout,
        expected_epoch=rollout.epoch,
        actor=shop.actor("lea"),
        reason="Go on.",
        now=stages.due(rollout),
    )
    assert moved.percent == 5


def test_a_rollout_starts_only_at_the_risk_the_version_has_now(
    shop: World, prompt: Prompt, first: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The floor may have become wiser between the submit and the start."""
    patch = stages.cleared(shop, stages.saved(shop, prompt, stages.PATCH_TEXT, base=first))
    with monkeypatch.context() as wiser:
        wiser.setattr("registry.release.may_go.risk_now", lambda *_: Risk.MINOR)
        with pytest.raises(Refused, match="cleared as PATCH, but it is MINOR"):
            stages.started(shop, patch)
    assert stages.started(shop, patch).state == "complete"
