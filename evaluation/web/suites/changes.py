"""What was changed about an evaluation lately, in words: each value before and after."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from evaluation.domain.bars import BARS
from evaluation.offline.models import Suite
from registry.audit.models import Event
from registry.projects.models import Project
from registry.prompts.models import Prompt

SHOWN = 5
_LABELS = {"dataset": "Golden dataset", "connection": "Connection", "judges": "Judges"}
_UNSAID = {"loosened", "checks", "checks_digest"}


@dataclass(frozen=True)
class Change:
    """One saved change. `looser` says what lets more through since, "" if nothing does.

    `first`: nothing was set before, so there is nothing to compare with.
    """

    event: Event
    of_project: bool
    first: bool
    lines: list[str]
    looser: str


def changes_of(prompt: Prompt, suite: Suite | None) -> list[Change]:
    """Return the last changes of a prompt's suite, and of the values its project gives it."""
    if suite is None:
        return []
    mine = Q(action="suite.changed", object_type="prompt", object_id=str(prompt.pk))
    return _changes(prompt.project, mine | Q(action="suite_defaults.changed"))


def changes_of_defaults(project: Project) -> list[Change]:
    """Return the last changes of what a project says for all its suites."""
    return _changes(project, Q(action="suite_defaults.changed"))


def _changes(project: Project, which: Q) -> list[Change]:
    events = Event.objects.filter(which, project=project).select_related("actor")
    return [_change(event) for event in events[:SHOWN]]


def _change(event: Event) -> Change:
    before, after = json.loads(event.before) or {}, json.loads(event.after) or {}
    return Change(
        event=event,
        of_project=event.action == "suite_defaults.changed",
        first=not before,
        lines=_lines(before, after),
        looser=str(after.get("loosened", "")),
    )


def _lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each value that differs."""
    names = [name for name in after if name not in _UNSAID and before.get(name) != after[name]]
    lines = [
        f"{_label(name)}: {_said(after[name])} (before: {_said(before.get(name))})."
        for name in names
    ]
    if before.get("checks_digest") != after.get("checks_digest"):
        lines.append(f"Checks: {after.get('checks')} (before: {before.get('checks')}).")
    return lines


def _label(name: str) -> str:
    return BARS[name].label if name in BARS else _LABELS.get(name, name)


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value)
