"""The forms of a suite and of a project's defaults, each made of the same parts."""

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.db.models import QuerySet

from evaluation.domain.bars import BUDGET_BARS, PROJECT_BARS, THRESHOLD_BARS
from evaluation.offline.effective import (
    BUDGET,
    BUILT_IN,
    PROJECT,
    THRESHOLDS,
    Effective,
    effective,
)
from evaluation.offline.models import Dataset, Suite, SuiteDefaults
from evaluation.providers import connections
from evaluation.web.check_rows import CheckRows, Checks, initial_row, one_more
from evaluation.web.suites.bar_rows import BarRows
from evaluation.web.suites.judge_rows import JudgeRows
from registry.domain.content import ContentError
from registry.projects.models import Project
from registry.web.forms.fields import reason_field

WHOSE = {PROJECT: "as the project", BUILT_IN: "as built in"}
_NOTHING = Effective(connection="", judges=(), thresholds={}, budget={})


class ConnectionForm(forms.Form):
    """Through which connection, and why it changes."""

    connection = forms.ChoiceField(label="Model connection", required=False)
    judge_model = forms.CharField(label="Model of a new judge", required=False, max_length=100)
    reason = reason_field(required=False)

    def __init__(self, empty: str, posted: Any, initial: dict[str, Any]) -> None:
        super().__init__(posted, initial=initial)
        named = [(name, _words(name)) for name in connections.names()]
        gone = initial.get("connection")
        if gone and gone not in connections.names():
            named.insert(0, (gone, f"{gone} (not in the settings any more)"))
        self.fields["connection"].choices = [("", empty), *named]  # type: ignore[attr-defined]


class SuiteForm(ConnectionForm):
    """Which golden cases too."""

    dataset = forms.ModelChoiceField(
        Dataset.objects.none(), label="Golden dataset", empty_label="choose one"
    )

    def __init__(
        self, datasets: QuerySet[Dataset], empty: str, posted: Any, initial: dict[str, Any]
    ) -> None:
        super().__init__(empty, posted, initial)
        self.fields["dataset"].queryset = datasets  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Parts:
    """A form in its parts; `checks` only for a suite. `inherited` is what holds without it."""

    form: ConnectionForm
    judges: JudgeRows
    thresholds: BarRows
    budget: BarRows
    inherited: Effective | None = None
    checks: CheckRows | None = None

    @property
    def connection(self) -> str:
        """Through which connection it would go, as the form stands: its own, else from above."""
        return self.form["connection"].value() or (self.inherited or _NOTHING).connection

    @property
    def limits_words(self) -> str:
        """Say how many bars and budgets are set here."""
        own = sum(row.own for rows in (self.thresholds, self.budget) for row in rows.rows())
        if own:
            return f"{own} set here, the others taken over"
        return "all taken over from the project" if self.inherited else "all as built in"

    def is_valid(self) -> bool:
        """Read all parts, so that every fault is shown at once."""
        parts = (self.form, self.judges, self.thresholds, self.budget, self.checks)
        found = [part.is_valid() for part in parts if part is not None]
        return all(found)

    def add_error(self, error: ContentError) -> None:
        """Show why it was refused, beside the field that it is about."""
        for part in (self.form, self.thresholds, self.budget):
            if error.field in part.fields:
                part.add_error(error.field, error.message)
                return
        blamed: forms.Form = self.judges if error.field.startswith("judge") else self.form
        blamed.add_error(None, error.message)

    def with_one_more_check(self, posted: Any) -> "Parts":
        """Return the form as typed, with one more blank check."""
        return replace(self, checks=one_more(posted))


def suite_parts(project: Project, suite: Suite | None, posted: Any) -> Parts:
    """Return the form of a prompt's suite; None: of one that nobody has made yet."""
    above = effective(None, project)
    whose = {name: WHOSE[source] for name, source in above.sources.items()}
    initial = {"dataset": suite.dataset_id, "connection": suite.connection} if suite else {}
    taken = f"{whose['connection']}: {_words(above.connection)}" if above.connection else ""
    checks = [initial_row(check) for check in suite.checks] if suite else []
    return Parts(
        form=SuiteForm(
            Dataset.objects.filter(project=project),
            taken or "none yet (the project names none)",
            posted,
            initial,
        ),
        judges=JudgeRows(
            posted,
            project=project,
            own=suite.judges if suite else None,
            inherited=above.judges,
            whose=whose["judges"],
        ),
        thresholds=BarRows(
            posted,
            bars=THRESHOLD_BARS,
            own=suite.thresholds if suite else {},
            inherited=above.thresholds,
            whose=whose,
        ),
        budget=BarRows(
            posted,
            bars=BUDGET_BARS,
            own=suite.budget if suite else {},
            inherited=above.budget,
            whose=whose,
        ),
        inherited=above,
        checks=Checks(posted, initial=checks, prefix="c"),
    )


def defaults_parts(project: Project, now: SuiteDefaults | None, posted: Any) -> Parts:
    """Return the form of what a project says for all its suites."""
    whose = dict.fromkeys([*THRESHOLDS, *BUDGET], WHOSE[BUILT_IN])
    return Parts(
        form=ConnectionForm("none", posted, {"connection": now.connection if now else ""}),
        judges=JudgeRows(posted, project=project, own=now.judges if now else []),
        thresholds=BarRows(
            posted,
            bars=THRESHOLD_BARS,
            own=now.thresholds if now else {},
            inherited=THRESHOLDS,
            whose=whose,
        ),
        budget=BarRows(
            posted,
            bars=PROJECT_BARS,
            own=now.budget if now else {},
            inherited=BUDGET,
            whose=whose,
        ),
    )


def _words(name: str) -> str:
    if name == connections.SIMULATED:
        return "simulated (no model is asked; clears only in a sandbox)"
    return name
