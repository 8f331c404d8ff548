"""The policy as a form: one column per risk, the rows of the policy table."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from registry.domain.policy import OUTPUT_CHECKS, Policy, RiskPolicy
from registry.domain.semver import Risk
from registry.projects.policies import read_policy
from registry.web.forms.fields import reason_field
from registry.web.forms.watching import WatchingFields

CHECKS_WORDS = {
    "if_suite": "if it has any",
    "smoke": "up to 20 cases",
    "all": "all cases",
}
STEPS = 4  # offered at least


@dataclass(frozen=True)
class Line:
    """One row of the table: what it asks, and a field for each risk."""

    label: str
    cells: list[forms.BoundField]


class PolicyForm(WatchingFields):
    """What each risk must show, and how live traffic is watched.

    Times are hours; in a sandbox they are minutes.
    """

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = reason_field()

    def __init__(self, *args: Any, policy: Policy, seen: int, sandbox: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preset = policy.preset
        self.minutes = 1 if sandbox else 60
        self.unit = "minutes" if sandbox else "hours"
        self.fields["seen"].initial = seen
        longest = max(len(rule.plan.stages) for rule in policy.risks.values())
        self.steps = range(1, max(STEPS, longest) + 1)
        for risk in Risk:
            self._add_fields(risk, policy.risks[risk])
        self.add_watching(policy.watching, sandbox=sandbox)

    def lines(self) -> Iterator[Line]:
        """Yield the rows of the table."""
        yield self._line("Output checks on golden cases", "checks")
        yield self._line("Golden cases needed", "cases")
        yield self._line("Approvals by people who did not write it", "approvals")
        yield self._line(f"On staging, {self.unit}", "soak")
        for number in self.steps:
            yield self._line(f"Canary step {number}: % of traffic", f"percent{number}")
            yield self._line(f"Canary step {number}: {self.unit}", f"time{number}")

    def table_errors(self) -> list[str]:
        """Return what is wrong in the tables, each with the cell that it is about."""
        beside_it = {"reason", *(field.name for field in self.watching_fields())}
        cells = [field for field in self if field.name not in beside_it and field.errors]
        beside = [f"{cell.label}: {error}" for cell in cells for error in cell.errors]
        return [*map(str, self.non_field_errors()), *beside]

    def risks(self) -> list[str]:
        """Return the heads of the columns."""
        return [risk.value for risk in Risk]

    def policy(self) -> Policy:
        """Return what was typed as a policy. Raises Refused, its `field` one of this form."""
        risks = {risk.value: self._document(risk) for risk in Risk}
        watching = self.watching_document()
        return read_policy({"preset": self.preset, "risks": risks, "watching": watching})

    def clean(self) -> dict[str, Any]:
        """Ask for both or neither of a canary step's share and time."""
        for risk in Risk:
            for number in self.steps:
                share = self.cleaned_data.get(f"{risk.value}_percent{number}")
                time = self.cleaned_data.get(f"{risk.value}_time{number}")
                if (share is None) != (time is None):
                    message = f"{risk.value}: give both the share and the time of step {number}."
                    self.add_error(f"{risk.value}_percent{number}", message)
        return self.cleaned_data

    def _add_fields(self, risk: Risk, rule: RiskPolicy) -> None:
        choices = [(key, CHECKS_WORDS[key]) for key in OUTPUT_CHECKS]
        add = self._add
        add(risk, "checks", forms.ChoiceField(choices=choices, initial=rule.output_checks))
        add(risk, "cases", _whole(1, 10_000, rule.min_cases))
        add(risk, "approvals", _whole(0, 5, rule.approvals))
        add(risk, "soak", self._time(rule.plan.soak_minutes))
        for number in self.steps:
            given = rule.plan.stages[number - 1 : number]
            share = given[0].percent if given else None
            minutes = given[0].minutes if given else None
            add(risk, f"percent{number}", _whole(1, 50, share, required=False))
            add(risk, f"time{number}", self._time(minutes, required=False))

    def _add(self, risk: Risk, name: str, field: forms.Field) -> None:
        field.label = f"{risk.value}, {name}"
        self.fields[f"{risk.value}_{name}"] = field

    def _time(self, minutes: int | None, *, required: bool = True) -> forms.DecimalField:
        return forms.DecimalField(
            min_value=0,
            max_value=90 * 24 * 60 // self.minutes,
            decimal_places=2,
            required=required,
            initial=None if minutes is None else _plain(Decimal(minutes) / self.minutes),
        )

    def _document(self, risk: Risk) -> dict[str, Any]:
        def typed(name: str) -> Any:
            return self.cleaned_data[f"{risk.value}_{name}"]

        steps = [n for n in self.steps if typed(f"percent{n}") is not None]
        return {
            "output_checks": typed("checks"),
            "min_cases": typed("cases"),
            "approvals": typed("approvals"),
            "soak_minutes": self._minutes(typed("soak")),
            "stages": [[typed(f"percent{n}"), self._minutes(typed(f"time{n}"))] for n in steps],
        }

    def _minutes(self, amount: Decimal) -> int:
        return int((amount * self.minutes).to_integral_value())

    def _line(self, label: str, name: str) -> Line:
        cells = [self[f"{risk.value}_{name}"] for risk in Risk]
        for cell, risk in zip(cells, Risk, strict=True):
            cell.field.widget.attrs["aria-label"] = f"{label}, {risk.value}"
        return Line(label, cells)


def _whole(low: int, high: int, initial: int | None, *, required: bool = True) -> forms.Field:
    return forms.IntegerField(min_value=low, max_value=high, initial=initial, required=required)


def _plain(amount: Decimal) -> Decimal:
    """Return 24 rather than 24.00, and 0.5 for half an hour."""
    return Decimal(format(round(amount, 2).normalize(), "f"))
