"""What a prompt is evaluated with: a golden dataset, checks for every case, a connection."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from evaluation.domain.checks import CheckError, parse_check
from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.models import Dataset, Suite
from evaluation.offline.standards import keep_standard
from evaluation.providers import connections
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.canonical import canonical, sha256
from registry.domain.content import ContentError
from registry.domain.fields import storable
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.models import Prompt
from registry.release.labels import lock_prompt

CHECKS = 100


@transaction.atomic
def set_suite(
    prompt: Prompt,
    *,
    dataset: Dataset,
    checks: Sequence[Mapping[str, Any]],
    connection: str,
    actor: Actor,
    reason: str,
) -> Suite:
    """Say what `prompt` is evaluated with from now on; what is submitted keeps its own.

    An empty `connection` means: none yet. Raises NotPermitted, or ContentError naming the
    field: dataset, connection, or `checks.3` for the third check.
    """
    require(actor, Action.EDIT_DATASETS, prompt.project)
    if dataset.project_id != prompt.project_id:
        raise ContentError("dataset", "Choose a dataset of this project.")
    if connection and connection not in connections.names():
        raise ContentError("connection", f"There is no connection {connection!r}.")
    clean = [dict(check) for check in _checked(checks)]
    lock_prompt(prompt)
    suite = Suite.objects.filter(prompt=prompt).first()
    before = _facts(suite) if suite else None
    suite = suite or Suite(prompt=prompt)
    suite.dataset, suite.checks, suite.connection = dataset, clean, connection
    suite._change_reason = reason  # type: ignore[attr-defined]  # read by simple-history
    suite.save()
    keep_standard(suite, latest_snapshot(dataset))
    record(
        "suite.changed",
        prompt,
        actor=actor,
        project=prompt.project,
        reason=reason,
        before=before,
        after=_facts(suite),
    )
    return suite


def suite_of(prompt: Prompt) -> Suite | None:
    """Return what `prompt` is evaluated with, or None while nobody has said."""
    return Suite.objects.select_related("dataset").filter(prompt=prompt).first()


def _checked(checks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if len(checks) > CHECKS:
        raise ContentError("checks", f"{len(checks)} checks; a suite has at most {CHECKS}.")
    clean = []
    for number, check in enumerate(checks, 1):
        value = storable(check, f"Check {number}", f"checks.{number}")
        try:
            parse_check(value)
        except CheckError as error:
            raise ContentError(f"checks.{number}", error.message) from None
        clean.append(value)
    return clean


def _facts(suite: Suite) -> dict[str, Any]:
    return {
        "dataset": suite.dataset.name,
        "connection": suite.connection,
        "checks": len(suite.checks),
        "checks_digest": sha256(canonical(suite.checks)),
    }
