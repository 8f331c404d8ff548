"""What is written once stays: by the ORM, in bulk, by raw SQL, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from evaluation import guards as evaluation_guards
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.judging.marks import mark
from evaluation.offline.models import Candidate, CaseResult, Judgement, Replay, SuiteDefaults
from evaluation.online.models import Watch
from registry import guards as registry_guards
from registry.domain.semver import Bump
from registry.prompts.models import Adoption
from registry.release.comments import comment_on
from registry.release.models import Approval, MeaningConfirmation
from tests import stages

pytestmark = pytest.mark.django_db

UNCHANGEABLE = sorted(
    rule.table
    for rule in (*registry_guards.RULES, *evaluation_guards.RULES)
    if rule.condition == "1 = 1" and rule.operation == "UPDATE"
)
UNDELETABLE = sorted(
    rule.table
    for rule in (*registry_guards.RULES, *evaluation_guards.RULES)
    if rule.operation == "DELETE"
)


def model_of(table: str) -> type[models.Model]:
    """Return the model stored in `table`."""
    return next(m for m in apps.get_models() if m._meta.db_table == table)


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """At least one row in every guarded table, laid once; what a test does to them is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        _lay()
        yield
        transaction.set_rollback(True)


def _lay() -> None:
    """Write the rows by the real use-cases."""
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world)
    first = stages.in_production(world, prompt)
    stages.cleared(world, stages.saved(world, prompt, stages.MINOR_TEXT, base=first))
    stages.with_suite(world, prompt)
    text = stages.MINOR_TEXT + " Be brief."
    major = stages.saved(world, prompt, text, base=first, bump=Bump.MAJOR)
    stages.evaluated(world, major)
    comment_on(major, text="Why the plan?", actor=world.actor("rui"))
    Approval.objects.create(
        version=major, approver=world.person("rui"), decision="reject", digest=major.digest
    )
    stages.key(world)
    minor = stages.saved(world, prompt, stages.MINOR_TEXT + " Be kind.", base=first)
    MeaningConfirmation.objects.create(
        version=minor,
        against=first,
        person=world.person("rui"),
        digest=minor.digest,
        reason="It says the same.",
    )
    Adoption.objects.create(
        prompt=stages.prompt_named(world, "old/prompt"),
        source="langfuse",
        person=world.person("ada"),
        reason="We move here.",
    )
    rollout = prompt.rollouts.latest("pk")
    Watch.objects.create(rollout=rollout, started_at=rollout.started_at)
    _judged(world)


def _judged(world: stages.World) -> None:
    """A judge that scored an answer, which a person marked too, and a candidate from CI."""
    version = create_judge(
        world.project,
        name="relevance",
        kind="relevance",
        text=JudgeText(connection="simulated", model=""),
        actor=world.actor("ana"),
        reason="To measure answers.",
    )
    result = CaseResult.objects.select_related("run__prompt").first()
    assert result is not None
    mark(version.judge, result=result, score=4, blind=True, actor=world.actor("rui"))
    replay = Replay.objects.create(
        judge=version, results=[result.pk], requested_by=world.person("ana")
    )
    Judgement.objects.create(replay=replay, result=result, judge=version, error="It was empty.")
    Candidate.objects.create(prompt=result.run.prompt, content={}, digest="0" * 64)
    SuiteDefaults.objects.create(project=world.project)


@pytest.mark.parametrize("table", UNCHANGEABLE)
def test_a_frozen_row_cannot_be_changed(rows: None, table: str) -> None:
    model = model_of(table)
    row = model.objects.first()  # type: ignore[attr-defined]
    assert row is not None, f"no row in {table} to try it on"
    field = next(f for f in model._meta.concrete_fields if not f.primary_key)
    attempts = (
        lambda: model.objects.update(**{field.attname: getattr(row, field.attname)}),
        lambda: model.objects.bulk_update([row], [field.name]),
        lambda: row.save(force_update=True),
        lambda: execute(f"UPDATE {table} SET {field.column} = {field.column}"),
    )
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


@pytest.mark.parametrize("table", UNDELETABLE)
def test_a_row_that_stays_cannot_be_deleted(rows: None, table: str) -> None:
    model = model_of(table)
    assert model.objects.exists(), f"no row in {table} to try it on"
    attempts = (
        lambda: model.objects.all()._raw_delete(model.objects.db),
        lambda: execute(f"DELETE FROM {table}"),
    )
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def execute(sql: str) -> None:
    """Run one statement past the ORM."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
