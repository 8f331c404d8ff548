"""The rules of release and serving hold against the ORM, bulk writes and raw SQL."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from evaluation.offline.models import Case, CaseResult, Run, Snapshot
from registry.audit.clock import database_now
from registry.domain.lifecycle import CLEARANCE_EDGES, ROLLOUT_EDGES, Clearance, RolloutState
from registry.domain.semver import Bump
from registry.projects.models import PolicyRevision, Project
from registry.prompts.models import Version
from registry.release.models import (
    Approval,
    Label,
    Release,
    Rollout,
    Segment,
    Verdict,
    Waiver,
)
from registry.runtime.models import ApiKey
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db


def by_update(row: models.Model, **fields: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


def by_bulk_update(row: models.Model, **fields: Any) -> None:
    fresh = type(row).objects.get(pk=row.pk)
    for name, value in fields.items():
        setattr(fresh, name, value)
    type(row).objects.bulk_update([fresh], list(fields))


def by_sql(row: models.Model, **fields: Any) -> None:
    columns = ", ".join(f"{row._meta.get_field(name).column} = %s" for name in fields)
    values = [value.pk if isinstance(value, models.Model) else value for value in fields.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {columns} WHERE id = %s", [*values, row.pk]
        )


WAYS = pytest.mark.parametrize("change", [by_update, by_bulk_update, by_sql])
Change = Callable[..., None]


def refuses(attempt: Callable[[], Any], words: str | None = None) -> None:
    """Assert that the database refuses, in the words of the rule if they are given."""
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        attempt()


def fits(attempt: Callable[[], Any]) -> bool:
    """Try and take back; return whether the database let it through."""
    try:
        with transaction.atomic():
            attempt()
            raise LookupError
    except LookupError:
        return True
    except IntegrityError:
        return False


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def first(shop: World) -> Version:
    """What production serves."""
    return stages.in_production(shop, stages.prompt_named(shop))


@pytest.fixture
def major(shop: World, first: Version) -> Version:
    """A MAJOR in review, its evaluation waived."""
    version = stages.saved(shop, first.prompt, stages.MAJOR_TEXT, base=first, bump=Bump.MAJOR)
    return stages.in_review_or_cleared(shop, version)


def test_exactly_the_edges_of_the_clearance_table_pass(shop: World, first: Version) -> None:
    version = stages.saved(shop, first.prompt, stages.MINOR_TEXT, base=first)
    stages.cleared(shop, version)  # its waiver is evidence enough for every edge
    release = Release.objects.get(version=version)
    passed = {
        (old, new)
        for old, new in product(Clearance, repeat=2)
        if old is not new and edge_fits(release, old, new)
    }
    assert passed == {(old, new) for old, targets in CLEARANCE_EDGES.items() for new in targets}


def test_exactly_the_edges_of_the_rollout_table_pass(shop: World, first: Version) -> None:
    rollout = stages.in_canary(shop, first.prompt)
    passed = {
        (old, new)
        for old, new in product(RolloutState, repeat=2)
        if old is not new and edge_fits(rollout, old, new)
    }
    assert passed == {(old, new) for old, targets in ROLLOUT_EDGES.items() for new in targets}


def edge_fits(row: Release | Rollout, old: str, new: str) -> bool:
    """Put `row` into `old` behind the guards' back, then try the edge."""
    rule = f"guard_{row._meta.db_table}_state_edges"

    def walk() -> None:
        with connection.cursor() as cursor:
            definition = definition_of(cursor, rule)
            drop(cursor, rule, row._meta.db_table)
            by_sql(row, state=old)
            cursor.execute(definition)
        by_sql(row, state=new)

    return fits(walk)


def definition_of(cursor: Any, trigger: str) -> str:
    """Return the statement that makes a trigger again."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [trigger])
    else:
        cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", [trigger])
    return cursor.fetchone()[0]


def drop(cursor: Any, trigger: str, table: str) -> None:
    on = "" if connection.vendor == "sqlite" else f" ON {table}"
    cursor.execute(f"DROP TRIGGER {trigger}{on}")


@WAYS
def test_nothing_is_cleared_without_evidence(shop: World, first: Version, change: Change) -> None:
    version = stages.saved(shop, first.prompt, stages.MINOR_TEXT, base=first)
    release = stages.submit(version, actor=shop.actor("ana"), reason="")
    for state in ("cleared", "in_review"):
        refuses(lambda s=state: change(release, state=s), "No gate passed")
    borrowed = first.release.verdict
    refuses(lambda: change(release, state="cleared", verdict=borrowed), "No gate passed")
    only_text = version.verdicts.get(kind="static", outcome="pass")
    refuses(lambda: change(release, state="cleared", verdict=only_text), "No gate passed")
    waiver(version, "evaluation", shop.person("ada")).save()
    change(release, state="cleared")


@WAYS
def test_no_major_is_cleared_without_a_signature(
    shop: World, major: Version, change: Change
) -> None:
    refuses(lambda: change(major.release, state="cleared"), "only by the approval")
    refuses(lambda: change(major.release, state="cleared", risk=""), "submitted with")
    stages.approved(shop, major)
    assert major.release.state == Clearance.CLEARED
    refuses(lambda: change(major.release, risk="MINOR"), "keeps its risk")


def test_a_regulated_release_is_cleared_by_two_people_and_no_fewer() -> None:
    bank = stages.world("bank", preset="regulated", sandbox=True)
    prompt = stages.prompt_named(bank)
    stages.in_production(bank, prompt)
    stages.with_suite(bank, prompt)
    first = prompt.versions.get()
    major = stages.saved(bank, prompt, stages.MINOR_TEXT, base=first, bump=Bump.MAJOR)
    stages.evaluated(bank, major)
    release = Release.objects.filter(version=major)
    signature(major, bank.person("rui")).save()
    refuses(lambda: release.update(state="cleared"), "as many people")
    signature(major, bank.person("lea")).save()
    release.update(state="cleared")


@WAYS
def test_a_release_keeps_what_it_was_judged_by(
    first: Version, major: Version, change: Change
) -> None:
    elsewhere = stages.world("other").project.policy_revisions.get()
    refuses(
        lambda: change(major.release, state="evaluating", policy=elsewhere), "policy of its project"
    )
    refuses(lambda: change(major.release, baseline=None), "only with a new evaluation")
    refuses(lambda: change(major.release, attempt=2), "only with a new evaluation")
    change(major.release, state="evaluating", baseline=None, attempt=2)


def test_revisions_of_a_policy_leave_no_gap(shop: World) -> None:
    first = shop.project.policy_revisions.get()
    for number in (1, 3):
        row = PolicyRevision(project=shop.project, number=number, document=first.document)
        refuses(row.save, "one after another")
    assert fits(PolicyRevision(project=shop.project, number=2, document=first.document).save)


@WAYS
def test_a_prompt_keeps_its_kind(first: Version, change: Change) -> None:
    refuses(lambda: change(first.prompt, kind="chat"), "keeps its identity")
    change(first.prompt, title="Support")


@WAYS
def test_a_held_rollout_is_only_rolled_back(shop: World, first: Version, change: Change) -> None:
    running = stages.in_canary(shop, first.prompt)
    change(running, held_reason="Odd answers.")
    refuses(lambda: change(running, percent=25), "resume it first")
    refuses(lambda: change(running, state="complete"), "resume it first")
    change(running, state="rolled_back", percent=0)


@WAYS
def test_segments_are_one_chain(shop: World, first: Version, change: Change) -> None:
    stages.in_canary(shop, first.prompt)
    ended = Segment.objects.filter(prompt=first.prompt).exclude(ended_at=None).last()
    now_open = Segment.objects.get(prompt=first.prompt, ended_at=None)
    refuses(lambda: change(ended, ended_at=None), "has ended")
    refuses(lambda: change(now_open, percent=50), "keeps its identity")
    second = Segment(prompt=first.prompt, kind="standing", percent=0, started_at=database_now())
    refuses(second.save, "one open segment")
    change(now_open, ended_at=database_now())
    assert fits(second.save)


@WAYS
def test_a_release_keeps_its_version(first: Version, major: Version, change: Change) -> None:
    refuses(lambda: change(major.release, version=first))


def signature(version: Version, person: Any, **fields: Any) -> Approval:
    values = {"decision": "approve", "digest": version.digest, "verdict": version.release.verdict}
    return Approval(version=version, approver=person, **(values | fields))


def test_no_contributor_signs_and_nobody_signs_another_text(shop: World, major: Version) -> None:
    ana, rui = shop.person("ana"), shop.person("rui")
    for insert in (lambda row: row.save(), lambda row: Approval.objects.bulk_create([row])):
        refuses(lambda i=insert: i(signature(major, ana)), "contributor cannot sign")
        refuses(lambda i=insert: i(signature(major, rui, digest="0" * 64)), "another text")
    signature(major, rui).save()
    refuses(lambda: signature(major, rui).save())


def waiver(version: Version, step: str, person: Any) -> Waiver:
    return Waiver(version=version, step=step, by=person, attempt=1, reason="Because.")


@pytest.mark.parametrize(
    ("preset", "by", "may"),
    [("team", "ada", True), ("team", "ana", False), ("regulated", "ada", False)],
)
def test_a_waiver_stays_within_the_preset(preset: str, by: str, may: bool) -> None:
    world = stages.world("office", preset=preset)
    first = stages.in_production(world, stages.prompt_named(world))
    version = stages.saved(world, first.prompt, stages.MINOR_TEXT, base=first)
    assert stages.submit(version, actor=world.actor("ana"), reason="").state == "undecided"
    assert fits(waiver(version, "evaluation", world.person(by)).save) is may


def test_no_approval_is_waived_in_a_team(shop: World, major: Version) -> None:
    refuses(waiver(major, "approval", shop.person("ada")).save, "the project's preset")
    assert fits(waiver(major, "soak", shop.person("ada")).save)


def test_a_failed_check_is_never_waived(shop: World, first: Version) -> None:
    version = stages.saved(shop, first.prompt, stages.MINOR_TEXT, base=first)
    stages.submit(version, actor=shop.actor("ana"), reason="")
    release = Release.objects.filter(version=version)
    for state in ("evaluating", "failed"):
        release.update(state=state)
    skip = waiver(version, "evaluation", shop.person("ada"))
    refuses(skip.save, "never a failed check")
    release.update(state="evaluating")
    assert fits(skip.save)


def test_a_verdict_belongs_to_its_text_and_a_simulated_pass_to_a_sandbox(
    shop: World, first: Version
) -> None:
    def verdict(**fields: Any) -> Verdict:
        return Verdict(
            version=first, kind="gate", **({"outcome": "pass", "digest": first.digest} | fields)
        )

    assert fits(verdict().save)
    refuses(verdict(digest="0" * 64).save, "belongs to the text")
    refuses(verdict(simulated=True).save, "only in a sandbox")
    assert fits(verdict(simulated=True, outcome="fail").save)
    refuses(lambda: Project.objects.filter(pk=shop.project.pk).update(sandbox=True))


def rollout(version: Version, **fields: Any) -> Rollout:
    now = database_now()
    values = {
        "prompt": version.prompt,
        "policy": version.prompt.project.policy_revisions.first(),
        "salt": "s",
        "plan": {},
        "step_started_at": now,
        "started_at": now,
    }
    return Rollout(version=version, **(values | fields))


def test_only_a_cleared_version_of_the_prompt_rolls_out_one_at_a_time(
    shop: World, first: Version, major: Version
) -> None:
    draft = stages.saved(shop, first.prompt, stages.MINOR_TEXT, base=first)
    other = stages.prompt_named(shop, "other")
    refuses(rollout(draft).save, "Only a cleared version")
    refuses(rollout(first, state="complete").save, "Only a cleared version")
    refuses(rollout(first, prompt=other).save, "Only a cleared version")
    refuses(rollout(first, production_before=first).save)
    rollout(major).save()
    refuses(rollout(first).save)


@WAYS
def test_a_rollout_in_review_goes_no_further_and_no_percentage_falls(
    shop: World, first: Version, major: Version, change: Change
) -> None:
    soaking = stages.started(shop, major)
    refuses(lambda: change(soaking, state="canary", percent=5), "goes on to canary")
    stages.approved(shop, major)
    change(soaking, state="canary", percent=25)
    refuses(lambda: change(soaking, percent=5), "never falls")
    refuses(lambda: change(soaking, salt="other"))


@WAYS
def test_a_label_goes_only_where_it_may_one_revision_at_a_time(
    shop: World, first: Version, major: Version, change: Change
) -> None:
    production = Label.objects.get(prompt=first.prompt, name="production")
    next_rev = production.rev + 1
    elsewhere = stages.in_production(shop, stages.prompt_named(shop, "other"))
    refuses(lambda: change(production, version=major, rev=next_rev), "may hold this label")
    refuses(lambda: change(production, version=elsewhere, rev=next_rev), "may hold this label")
    refuses(lambda: change(production, name="canary"))
    stages.approved(shop, major)
    refuses(lambda: change(production, version=major), "one move a revision")
    refuses(lambda: change(production, version=major, rev=next_rev + 1), "one move a revision")
    change(production, version=major, rev=next_rev)


def test_a_new_label_points_to_a_cleared_version_too(shop: World, first: Version) -> None:
    draft = stages.saved(shop, first.prompt, stages.MINOR_TEXT, base=first)
    now = database_now()
    for insert in (lambda row: row.save(), lambda row: Label.objects.bulk_create([row])):
        label = Label(prompt=first.prompt, name="canary", version=draft, moved_at=now)
        refuses(lambda i=insert, row=label: i(row), "may hold this label")
    assert fits(Label(prompt=first.prompt, name="canary", version=first, moved_at=now).save)


@WAYS
def test_snapshots_and_runs_that_are_done_stay_so(change: Change) -> None:
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world)
    stages.with_suite(world, prompt)
    stages.evaluated(world, stages.saved(world, prompt))
    run, snapshot = Run.objects.get(), Snapshot.objects.get()
    case, result = Case.objects.first(), CaseResult.objects.first()
    assert run.state == Run.State.PASSED
    refuses(lambda: change(snapshot, case_count=1), "sealed snapshot")
    refuses(lambda: Case(snapshot=snapshot, case_id="late", position=99).save(), "no more cases")
    refuses(lambda: change(run, state="failed"), "keeps its outcome")
    refuses(lambda: CaseResult(run=run, case=case, arm="baseline").save(), "no more results")
    refuses(lambda: change(result, output="better"), "never changed")


@WAYS
def test_a_key_keeps_its_project_and_its_end(shop: World, change: Change) -> None:
    made = stages.key(shop)
    other = stages.world("other").project
    refuses(lambda: change(made.key, project=other), "keeps its identity")
    refuses(lambda: change(made.key, sha256="0" * 64), "keeps its identity")
    change(made.key, revoked_at=database_now())
    refuses(lambda: change(made.key, revoked_at=None), "stays revoked")
    refuses(lambda: ApiKey.objects.filter(pk=made.key.pk)._raw_delete("default"))
