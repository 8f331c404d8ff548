"""May it ship: submit, sign, waive, withdraw; each refusal beside its success."""

import pytest

from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Role
from registry.projects.access import NotPermitted
from registry.projects.models import Membership
from registry.prompts.models import Prompt, Version
from registry.release.models import Waiver
from registry.release.review import (
    accept_undecided,
    approve,
    reject,
    request_changes,
    withdraw,
)
from registry.release.rollout import start
from registry.release.transition import change_clearance
from registry.release.waivers import waive
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """A prompt whose first version serves production."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


@pytest.fixture
def major(shop: World, prompt: Prompt) -> Version:
    """A MAJOR version in review."""
    base = prompt.versions.get()
    return stages.in_review_or_cleared(
        shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=base)
    )


def seen(version: Version) -> dict[str, object]:
    """What a reviewer has on the page."""
    version.release.refresh_from_db()
    return {"seen_digest": version.digest, "seen_verdict": version.release.verdict_id}


def test_a_first_version_without_golden_cases_is_cleared_by_its_static_checks(shop: World) -> None:
    version = stages.saved(shop, stages.prompt_named(shop))
    stages.in_review_or_cleared(shop, version)
    assert (version.release.state, version.release.risk) == (Clearance.CLEARED, "FIRST")
    assert not version.waivers.exists()


def test_a_minor_without_golden_cases_waits_for_a_person(shop: World, prompt: Prompt) -> None:
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    release = stages.submit(version, actor=shop.actor("ana"), reason="")
    assert (release.state, release.risk) == (Clearance.UNDECIDED, "MINOR")
    Membership.objects.create(project=shop.project, person=shop.person("ana"), role=Role.ADMIN)
    with pytest.raises(Refused, match="contributed"):
        waive(version, step="evaluation", actor=shop.actor("ana"), reason="Trust me.")
    waive(version, step="evaluation", actor=shop.actor("ada"), reason="Read side by side.")
    version.release.refresh_from_db()
    assert version.release.state == Clearance.CLEARED
    assert version.waivers.get().by == shop.person("ada")


def test_an_undecided_evaluation_is_accepted_only_with_a_reason_and_by_somebody_else(
    shop: World, prompt: Prompt
) -> None:
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    stages.submit(version, actor=shop.actor("ana"), reason="")
    Membership.objects.create(project=shop.project, person=shop.person("ana"), role=Role.REVIEWER)
    with pytest.raises(Refused, match="contributed"):
        accept_undecided(version, **seen(version), actor=shop.actor("ana"), comment="Fine.")
    with pytest.raises(Refused, match="one sentence"):
        accept_undecided(version, **seen(version), actor=shop.actor("rui"), comment=" ")
    release = accept_undecided(version, **seen(version), actor=shop.actor("rui"), comment="Fine.")
    assert release.state == Clearance.CLEARED


def test_a_major_is_cleared_by_a_reviewer_who_did_not_write_it(shop: World, major: Version) -> None:
    assert major.release.state == Clearance.IN_REVIEW
    release = approve(major, **seen(major), actor=shop.actor("rui"))
    assert release.state == Clearance.CLEARED


def test_nobody_approves_their_own_major_whatever_their_roles(shop: World, major: Version) -> None:
    for role in Role:
        Membership.objects.get_or_create(
            project=shop.project, person=shop.person("ana"), role=role.value
        )
    with pytest.raises(Refused, match="You contributed"):
        approve(major, **seen(major), actor=shop.actor("ana"))
    with pytest.raises(Refused, match="never waived in a team"):
        waive(major, step="approval", actor=shop.actor("ada"), reason="In a hurry.")


def test_whoever_wrote_the_base_cannot_sign_what_is_built_on_it(
    shop: World, prompt: Prompt
) -> None:
    Membership.objects.create(project=shop.project, person=shop.person("rui"), role=Role.AUTHOR)
    base = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get(), by="rui")
    major = stages.saved(shop, prompt, stages.MAJOR_TEXT, base=base)
    stages.in_review_or_cleared(shop, major)
    assert set(major.contributors.values_list("person__username", flat=True)) == {"ana", "rui"}
    with pytest.raises(Refused, match="You contributed"):
        approve(major, **seen(major), actor=shop.actor("rui"))


@pytest.mark.parametrize("name", ["vic", "lea", "ada"])
def test_without_the_role_a_signature_is_refused_and_the_reviewers_are_named(
    shop: World, major: Version, name: str
) -> None:
    with pytest.raises(NotPermitted, match="reviewer.*rui"):
        approve(major, **seen(major), actor=shop.actor(name))


def test_whoever_accepts_an_undecided_major_may_also_sign_it_but_nothing_twice(
    shop: World, prompt: Prompt
) -> None:
    major = stages.saved(shop, prompt, stages.MAJOR_TEXT, base=prompt.versions.get())
    stages.submit(major, actor=shop.actor("ana"), reason="")
    release = accept_undecided(major, **seen(major), actor=shop.actor("rui"), comment="Fine.")
    assert release.state == Clearance.IN_REVIEW
    assert approve(major, **seen(major), actor=shop.actor("rui")).state == Clearance.CLEARED
    with pytest.raises(Refused, match="cannot be approved now"):
        approve(major, **seen(major), actor=shop.actor("rui"))


def test_a_signature_counts_only_for_what_was_seen(shop: World, major: Version) -> None:
    with pytest.raises(Stale):
        approve(
            major,
            seen_digest="0" * 64,
            seen_verdict=major.release.verdict_id,
            actor=shop.actor("rui"),
        )
    with pytest.raises(Stale):
        approve(major, seen_digest=major.digest, seen_verdict=-1, actor=shop.actor("rui"))
    assert not major.approvals.exists()


@pytest.mark.parametrize(
    ("answer", "state"),
    [(reject, Clearance.REJECTED), (request_changes, Clearance.CHANGES_REQUESTED)],
)
def test_turning_down_ends_the_soak_and_gives_staging_back(
    shop: World, prompt: Prompt, major: Version, answer, state: Clearance
) -> None:
    before = prompt.labels.get(name="staging").version
    stages.started(shop, major)
    assert prompt.labels.get(name="staging").version == major
    with pytest.raises(Refused, match="should change"):
        answer(major, **seen(major), actor=shop.actor("rui"), comment="")
    release = answer(major, **seen(major), actor=shop.actor("rui"), comment="Not like this.")
    assert release.state == state
    assert prompt.labels.get(name="staging").version == before
    assert major.rollouts.get().ended_as == "by_person"


def test_an_approval_ends_when_the_approver_loses_the_right(shop: World, major: Version) -> None:
    approve(major, **seen(major), actor=shop.actor("rui"))
    Membership.objects.filter(person=shop.person("rui")).delete()
    with pytest.raises(Refused, match="no longer holds the right"):
        stages.started(shop, major)
    major.release.refresh_from_db()
    assert major.release.state == Clearance.IN_REVIEW


def test_a_solo_project_skips_every_step_by_its_own_waiver(db: None) -> None:
    solo = stages.world("alone", preset="solo")
    prompt = stages.prompt_as(solo, "ada")
    stages.cleared(solo, stages.saved(solo, prompt, by="ada"), by="ada")
    start(prompt.versions.get(), actor=solo.actor("ada"), reason="Go.", now=stages.database_now())
    major = stages.saved(solo, prompt, stages.MAJOR_TEXT, base=prompt.versions.get(), by="ada")
    stages.in_review_or_cleared(solo, major, by="ada")
    waive(major, step="approval", actor=solo.actor("ada"), reason="I am alone.")
    major.release.refresh_from_db()
    assert major.release.state == Clearance.CLEARED
    assert set(major.waivers.values_list("step", flat=True)) == {"evaluation", "approval"}


def test_a_waiver_holds_for_one_attempt_and_can_be_given_again(shop: World, prompt: Prompt) -> None:
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    stages.cleared(shop, minor)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    release = stages.submit(minor, actor=shop.actor("ana"), reason="Production has moved on.")
    assert release.state == Clearance.UNDECIDED
    with pytest.raises(Refused, match="No gate passed"):
        change_clearance(release, to=Clearance.CLEARED, actor=shop.actor("ada"), reason="")
    skip = {"step": "evaluation", "actor": shop.actor("ada"), "reason": "Still no cases."}
    waive(minor, **skip)
    release.refresh_from_db()
    assert (release.state, minor.waivers.count()) == (Clearance.CLEARED, 2)
    with pytest.raises(Refused, match="never a failed check"):
        waive(minor, **skip)


def test_a_regulated_project_waives_nothing(db: None) -> None:
    bank = stages.world("bank", preset="regulated")
    prompt = stages.prompt_named(bank)
    stages.in_production(bank, prompt)
    minor = stages.saved(bank, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    stages.submit(minor, actor=bank.actor("ana"), reason="")
    with pytest.raises(Refused, match="no step can be waived"):
        waive(minor, step=Waiver.Step.EVALUATION, actor=bank.actor("ada"), reason="Hurry.")


def test_a_version_is_withdrawn_until_it_serves_production(shop: World, prompt: Prompt) -> None:
    first = prompt.versions.get()
    with pytest.raises(Refused, match="Roll back first"):
        withdraw(first, actor=shop.actor("lea"), reason="No.")
    second = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    assert withdraw(second, actor=shop.actor("lea"), reason="No.").state == Clearance.WITHDRAWN
