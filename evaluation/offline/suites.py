"""What a prompt is evaluated with: golden dataset, checks, connection, judges, bars, budget."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from evaluation.domain.checks import CheckError, parse_check
from evaluation.offline.bars import (
    BUDGET_NAMES,
    THRESHOLD_NAMES,
    clean_bars,
    clean_judges,
    facts_of,
    what_loosened,
)
from evaluation.offline.datasets import latest_snapshot, lock_datasets
from evaluation.offline.effective import Effective, effective
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
    judges: Sequence[Mapping[str, Any]] | None = None,
    thresholds: Mapping[str, Any] | None = None,
    budget: Mapping[str, Any] | None = None,
    actor: Actor,
    reason: str,
) -> Suite:
    """Say what `prompt` is evaluated with from now on; what is submitted keeps its own.

    An empty `connection`, judges of None, and a threshold or budget that is not named are the
    project's. Raises NotPermitted, or ContentError naming the field: dataset, connection, a
    threshold or budget, `checks.3` for the third check, `judge.7` for that judge version.
    """
    require(actor, Action.EDIT_DATASETS, prompt.project)
    if dataset.project_id != prompt.project_id:
        raise ContentError("dataset", "Choose a dataset of this project.")
    clean = {
        "dataset": dataset,
        "connection": known_connection(connection),
        "checks": [dict(check) for check in _checked(checks)],
        "judges": None if judges is None else clean_judges(prompt.project, judges),
        "thresholds": clean_bars(thresholds or {}, THRESHOLD_NAMES),
        "budget": clean_bars(budget or {}, BUDGET_NAMES),
    }
    lock_prompt(prompt)
    lock_datasets([dataset.pk])
    suite = Suite.objects.filter(prompt=prompt).first()
    old = (suite.checks, effective(suite, prompt.project), _facts(suite)) if suite else None
    suite = suite or Suite(prompt=prompt)
    for name, value in clean.items():
        setattr(suite, name, value)
    suite._change_reason = reason  # type: ignore[attr-defined]  # read by simple-history
    suite.save()
    keep_standard(suite, latest_snapshot(dataset))
    after = effective(suite, prompt.project)
    looser = _looser(old[0], suite.checks, old[1], after) if old else []
    record(
        "suite.changed",
        prompt,
        actor=actor,
        project=prompt.project,
        reason=reason,
        before=old[2] if old else None,
        after={**_facts(suite), "loosened": " ".join(looser)},
    )
    return suite


def suite_of(prompt: Prompt) -> Suite | None:
    """Return what `prompt` is evaluated with, or None while nobody has said."""
    return Suite.objects.select_related("dataset").filter(prompt=prompt).first()


def _checked(checks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if len(checks) > CHECKS:
        raise ContentError("checks", f"{len(checks)} checks; an evaluation has at most {CHECKS}.")
    clean = []
    for number, check in enumerate(checks, 1):
        value = storable(check, f"Check {number}", f"checks.{number}")
        try:
            parse_check(value)
        except CheckError as error:
            raise ContentError(f"checks.{number}", error.message) from None
        clean.append(value)
    return clean


def known_connection(name: str) -> str:
    """Return the name of a connection, or "". Raises ContentError for one that there is not."""
    if name and name not in connections.names():
        raise ContentError("connection", f"There is no connection {name!r}.")
    return name


def _looser(
    old_checks: Sequence[Any], new_checks: Sequence[Any], before: Effective, after: Effective
) -> list[str]:
    """Return in which ways more gets through than before, in sentences."""
    kept = {canonical(check) for check in new_checks}
    gone = sum(canonical(check) not in kept for check in old_checks)
    words = [f"{gone} check{'s' * (gone > 1)} taken out or changed."] if gone else []
    return words + what_loosened(before, after)


def _facts(suite: Suite) -> dict[str, Any]:
    return {
        "dataset": suite.dataset.name,
        "checks": len(suite.checks),
        "checks_digest": sha256(canonical(suite.checks)),
        **facts_of(effective(suite, suite.prompt.project)),
    }
