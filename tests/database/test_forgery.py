"""Somebody at a shell forges the evidence first and promotes with it: each road is closed."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from registry.audit.clock import database_now
from registry.domain.semver import Bump
from registry.prompts.in_out.adopt import adopt
from registry.prompts.in_out.adopt_run import adopt_run, read_histories
from registry.prompts.in_out.files import TextFile
from registry.prompts.models import Version
from registry.release.models import Approval, Label, LabelEvent, Release, Rollout
from registry.release.review import count_valid_approvals
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db


def refuses(attempt: Any, words: str) -> None:
    """Assert that the database refuses, in the words of the rule."""
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        attempt()


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def first(shop: World) -> Version:
    """What production serves."""
    return stages.in_production(shop, stages.prompt_named(shop))


@pytest.fixture
def major(shop: World, first: Version) -> Version:
    """A MAJOR that waits for its signature."""
    version = stages.saved(shop, first.prompt, stages.MAJOR_TEXT, base=first, bump=Bump.MAJOR)
    return stages.in_review_or_cleared(shop, version)


def test_the_ledger_takes_no_move_that_the_label_did_not_make(first: Version, major: Version):
    label = Label.objects.get(prompt=first.prompt, name="production")
    fields = {"prompt": first.prompt, "label": label, "name": "production", "at": database_now()}
    refuses(
        lambda: LabelEvent.objects.create(
            **fields, rev=label.rev + 1, version_after=major, actor_name="x", reason="x"
        ),
        "just made",
    )
    LabelEvent.objects.get(label=label, rev=label.rev, version_after=first)  # the real one


@pytest.mark.parametrize("risk", ["FIRST", "PATCH", "MINOR"])
def test_a_major_is_not_cleared_by_calling_it_smaller(shop: World, major: Version, risk: str):
    release = Release.objects.filter(version=major)
    refuses(lambda: release.update(risk=risk, state="cleared"), "submitted with")
    stages.approved(shop, major)
    assert release.get().state == "cleared"


def test_a_version_of_bump_major_has_no_smaller_risk(first: Version, major: Version):
    release = Release.objects.filter(version=major)
    release.update(risk="MINOR", state="evaluating")
    refuses(lambda: release.update(state="cleared"), "submitted with")


def test_no_first_release_starts_where_something_serves(first: Version, major: Version):
    release = Release.objects.filter(version=major)
    release.update(risk="FIRST", state="evaluating")
    release.update(state="cleared")
    refuses(lambda: start_by_hand(major, release.get()), "starts a rollout")


def start_by_hand(version: Version, release: Release) -> None:
    now = database_now()
    Rollout.objects.create(
        prompt=version.prompt, version=version, salt="x", plan={}, policy=release.policy,
        step_started_at=now, started_at=now,
    )  # fmt: skip


def test_an_author_signs_not_even_a_version_that_names_no_contributors(shop: World, major: Version):
    copied = Version.objects.get(pk=major.pk)
    copied.pk, copied.revision, copied.patch, copied.save_token = None, 77, 77, None
    copied.save(force_insert=True)

    def sign(name: str) -> Approval:
        return Approval.objects.create(
            version=copied, approver=shop.person(name), decision="approve", digest=copied.digest
        )

    refuses(lambda: sign("ana"), "cannot sign")
    assert sign("rui").pk


def test_one_person_who_signed_twice_is_one_approval(shop: World, major: Version):
    """Where no verdict was reached the database cannot tell two answers of one person apart."""
    Release.objects.filter(version=major).update(verdict=None)
    rui, other = shop.person("rui"), stages.more_reviewers(shop, 1)[0].person
    for person, counted in ((rui, 1), (rui, 1), (other, 2)):
        Approval.objects.create(
            version=major, approver=person, decision="approve", digest=major.digest
        )
        assert count_valid_approvals(Release.objects.get(version=major)) == counted


def test_a_frozen_row_cannot_be_replaced(major: Version):
    again = {
        "sqlite": "INSERT OR REPLACE INTO registry_version SELECT * FROM registry_version",
        "postgresql": "UPDATE registry_version SET id = id",
    }

    def replace() -> None:
        with connection.cursor() as cursor:
            cursor.execute(again[connection.vendor])

    refuses(replace, "never")


def test_no_version_is_added_to_an_adoption_afterwards_though_nothing_serves_yet(shop: World):
    past = {"name": "tone", "version": 1, "type": "text", "prompt": "Be kind.", "labels": []}
    histories = read_histories([TextFile("langfuse.json", json.dumps([past]))])
    rows = adopt_run(shop.project, histories, {})
    (prompt,) = adopt(shop.project, rows=rows, reason="We move.", actor=shop.actor("ada"))
    forged = prompt.versions.get()
    assert forged.origin
    forged.pk, forged.revision, forged.patch, forged.save_token = None, 77, 77, None
    forged.content = "Be cruel."
    refuses(lambda: forged.save(force_insert=True), "comes with its adoption")
    assert stages.saved(shop, prompt, base=prompt.versions.get()).origin is None
