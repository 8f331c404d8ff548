"""Meaning unchanged: a reviewer's word lowers the road of a MINOR, never its number."""

import pytest

from evaluation.offline.submit import submit
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Role
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt, Version
from registry.release.meaning import confirm_meaning, is_meaning_confirmed
from registry.release.models import MeaningConfirmation
from tests import stages
from tests.registry.review.conftest import give_role
from tests.stages import World

WHY = "“Always mention” says what the template said."


@pytest.fixture
def minor(shop: World, prompt: Prompt, first: Version) -> Version:
    """1.1.0, saved and not submitted."""
    return stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)


def confirm(shop: World, version: Version, by: str = "rui", reason: str = WHY) -> None:
    confirm_meaning(
        version, actor=shop.actor(by), reason=reason, seen_digest=version.digest, seen_against=""
    )


def test_a_confirmed_minor_takes_the_road_of_a_patch_and_keeps_its_number(
    shop: World, minor: Version, first: Version
) -> None:
    confirm(shop, minor)
    release = submit(minor, actor=shop.actor("ana"), reason="Please look.")
    assert (release.state, release.risk) == (Clearance.CLEARED, "PATCH")
    assert (minor.semver, minor.bump) == ("1.1.0", "MINOR")
    assert stages.started(shop, minor).state == "complete"  # no soak, no canary
    assert is_meaning_confirmed(minor, first)


def test_without_a_confirmation_the_same_text_is_a_minor(shop: World, minor: Version) -> None:
    release = submit(minor, actor=shop.actor("ana"), reason="Please look.")
    assert (release.state, release.risk) == (Clearance.UNDECIDED, "MINOR")


def test_what_stayed_undecided_may_be_submitted_again_once_confirmed(
    shop: World, minor: Version
) -> None:
    submit(minor, actor=shop.actor("ana"), reason="")
    with pytest.raises(Refused, match="Nothing has changed"):
        submit(minor, actor=shop.actor("ana"), reason="")
    confirm(shop, minor)
    assert submit(minor, actor=shop.actor("ana"), reason="").risk == "PATCH"


def test_what_failed_stays_failed_whatever_a_reviewer_says(
    shop: World, prompt: Prompt, minor: Version
) -> None:
    stages.with_suite(
        shop, prompt, checks=[{"type": "contains", "value": "your order", "negate": True}]
    )
    release = stages.evaluated(shop, minor).release
    assert release.state == Clearance.FAILED
    confirm(shop, minor)
    with pytest.raises(Refused, match="Nothing has changed|failed as"):
        submit(minor, actor=shop.actor("ana"), reason="Once more.")


def test_a_confirmation_needs_a_reviewer_a_reason_and_other_hands(
    shop: World, minor: Version
) -> None:
    give_role(shop, "ana", Role.REVIEWER)
    with pytest.raises(Refused, match="You contributed"):
        confirm(shop, minor, by="ana")
    with pytest.raises(NotPermitted, match="reviewer"):
        confirm(shop, minor, by="ada")
    with pytest.raises(Refused, match="one sentence"):
        confirm(shop, minor, reason=" ")
    assert not MeaningConfirmation.objects.exists()
    confirm(shop, minor)
    with pytest.raises(Refused, match="already"):
        confirm(shop, minor)


def test_a_major_is_never_lowered_and_a_decided_version_no_more(
    shop: World, prompt: Prompt, first: Version, major: Version, minor: Version
) -> None:
    with pytest.raises(Refused, match="its road is chosen"):
        confirm(shop, major)
    other = stages.saved(shop, prompt, stages.MAJOR_TEXT + " Be kind.", base=first)
    with pytest.raises(Refused, match="A MAJOR change is never lowered.*plan"):
        confirm(shop, other)
    raised = stages.saved(
        shop, prompt, stages.FIRST_TEXT + " Be kind.", base=first, bump=stages.Bump.MAJOR
    )
    with pytest.raises(Refused, match="never lowered"):
        confirm(shop, raised)
    patch = stages.saved(shop, prompt, stages.PATCH_TEXT, base=first)
    with pytest.raises(Refused, match="PATCH already"):
        confirm(shop, patch)


def test_a_confirmation_holds_against_one_production_version_only(
    shop: World, prompt: Prompt, minor: Version
) -> None:
    confirm(shop, minor)
    patch = stages.in_production(shop, prompt, stages.PATCH_TEXT)
    assert not is_meaning_confirmed(minor, patch)
    assert submit(minor, actor=shop.actor("ana"), reason="").risk == "MINOR"
    with pytest.raises(Stale, match=f"Production serves {patch.semver} by now"):
        confirm_meaning(
            stages.saved(shop, prompt, stages.MINOR_TEXT + " Be kind.", base=patch),
            actor=shop.actor("rui"),
            reason=WHY,
            seen_digest="0" * 64,
            seen_against="1.0.0",
        )
