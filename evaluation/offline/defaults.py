"""What a project says for all its suites: connection, judges, thresholds, budget."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from evaluation.offline.bars import (
    PROJECT_BUDGET_NAMES,
    THRESHOLD_NAMES,
    clean_bars,
    clean_judges,
    facts_of,
    what_loosened,
)
from evaluation.offline.datasets import lock_datasets
from evaluation.offline.effective import effective
from evaluation.offline.models import Snapshot, Suite, SuiteDefaults
from evaluation.offline.standards import keep_standard
from evaluation.offline.suites import known_connection
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Project
from registry.release.labels import lock_prompt


@transaction.atomic
def set_defaults(
    project: Project,
    *,
    connection: str,
    judges: Sequence[Mapping[str, Any]],
    thresholds: Mapping[str, Any],
    budget: Mapping[str, Any],
    actor: Actor,
    reason: str,
) -> SuiteDefaults:
    """Say what every suite of `project` takes over from now on; it holds for each at once.

    An empty connection: none. A threshold or budget that is not named: as built in.
    Raises NotPermitted, or ContentError naming the connection, the bar or `judge.<version>`.
    """
    require(actor, Action.EDIT_DATASETS, project)
    clean = {
        "connection": known_connection(connection),
        "judges": clean_judges(project, judges),
        "thresholds": clean_bars(thresholds, THRESHOLD_NAMES),
        "budget": clean_bars(budget, PROJECT_BUDGET_NAMES),
    }
    suites = list(suites_of(project))
    for suite in suites:  # in the order of their prompts, as everybody locks them
        lock_prompt(suite.prompt)
    lock_datasets(suite.dataset_id for suite in suites)
    made, _ = SuiteDefaults.objects.get_or_create(project=project)
    row = SuiteDefaults.objects.select_for_update().get(pk=made.pk)
    before = effective(None, project)
    for name, value in clean.items():
        setattr(row, name, value)
    row._change_reason = reason  # type: ignore[attr-defined]  # read by simple-history
    row.save()
    after = effective(None, project)
    _keep_standards(suites)
    record(
        "suite_defaults.changed",
        row,
        actor=actor,
        project=project,
        reason=reason,
        before=facts_of(before),
        after={**facts_of(after), "loosened": " ".join(what_loosened(before, after))},
    )
    return row


def defaults_of(project: Project) -> SuiteDefaults | None:
    """Return what `project` says for all its suites, or None while nobody has."""
    return SuiteDefaults.objects.filter(project=project).first()


def suites_of(project: Project) -> QuerySet[Suite]:
    """Return the suites of a project with their prompts, by prompt."""
    rows = Suite.objects.filter(prompt__project=project).order_by("prompt_id")
    return rows.select_related("prompt__project", "dataset")


def _keep_standards(suites: Sequence[Suite]) -> None:
    """Write down anew by what each prompt is evaluated; their latest snapshots in one query."""
    ids = {suite.dataset_id for suite in suites}
    newest = Snapshot.objects.filter(dataset=OuterRef("dataset"), sealed=True).order_by("-number")
    rows = Snapshot.objects.filter(dataset__in=ids, pk=Subquery(newest.values("pk")[:1]))
    latest = {snapshot.dataset_id: snapshot for snapshot in rows}
    for suite in suites:
        keep_standard(suite, latest.get(suite.dataset_id))
