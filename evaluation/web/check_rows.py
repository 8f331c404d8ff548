"""Checks as rows of a form: what people fill in, and the check that comes of it, both ways."""

import json
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet, formset_factory

from evaluation.domain.checks import CheckError, Severity, parse_check
from evaluation.domain.checks.guide import GUIDE, Entry
from evaluation.domain.checks.language import SCRIPTS, USUAL_SHARE
from evaluation.offline.suites import CHECKS
from evaluation.web.checks.explained import choices, explained, filled
from evaluation.web.checks.written import check_of, initial_row

__all__ = ["CheckForm", "CheckRows", "Checks", "initial_row", "one_more"]

BLANK = ("", "choose a check")


class CheckForm(forms.Form):
    """One check. Which of the fields count depends on its type."""

    type = forms.ChoiceField(label="The answer …", required=False, choices=[BLANK, *choices()])
    path = forms.CharField(
        label="Place",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "$.order.lines[0].price"}),
    )
    text = forms.CharField(
        label="Text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    script = forms.ChoiceField(
        label="Script",
        required=False,
        choices=[("", "choose a script"), *((name, name) for name in SCRIPTS)],
    )
    share = forms.FloatField(
        label="Share of its letters",
        required=False,
        help_text=f"From 0 to 1; empty: {USUAL_SHARE}.",
    )
    min = forms.FloatField(label="At least", required=False)
    max = forms.FloatField(label="At most", required=False)
    negate = forms.BooleanField(label="must not", required=False)
    severity = forms.ChoiceField(
        label="If not",
        required=False,
        choices=[(Severity.BLOCKER.value, "block"), (Severity.WARNING.value, "only warn")],
    )
    min_pass_rate = forms.FloatField(
        label="Share of cases that must pass",
        required=False,
        help_text="From 0 to 1; empty: what the policy asks for.",
    )
    tags = forms.CharField(
        label="Only cases tagged", required=False, max_length=500, help_text="Empty: all cases."
    )

    @property
    def entry(self) -> Entry | None:
        """What the chosen type is for, or None while none is chosen."""
        return GUIDE.get(self["type"].value() or "")

    def clean(self) -> dict[str, Any]:
        """Read the row as a check, so that a fault stands beside the field that has it."""
        data = super().clean() or {}
        data["check"] = None
        if data.get("type") and not self.errors:
            try:
                check = check_of(data)
                parse_check(check)
                data["check"] = check
            except CheckError as error:
                name = error.field if error.field in self.fields else "text"
                self.add_error(name, error.message)
        elif not data.get("type") and (data.get("text") or "").strip():
            self.add_error("type", "Say what the answer has to do with this text.")
        return data


class CheckRows(BaseFormSet):  # type: ignore[type-arg]
    """The rows of a form that composes checks; templates/evaluation/checks/rows.html shows it."""

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The checks of the rows that are filled and not taken out; ask after `is_valid`."""
        return [check for _, check in self.numbered]

    @property
    def numbered(self) -> list[tuple[int, dict[str, Any]]]:
        """The same with the number of the row, counted from 1; rows with a fault are left out."""
        return [
            (number, row.cleaned_data["check"])
            for number, row in enumerate(self, 1)
            if getattr(row, "cleaned_data", {}).get("check") and not row.cleaned_data.get("DELETE")
        ]

    @property
    def guide(self) -> str:
        """Every type of check as JSON, for the script that shows its fields and its help."""
        return json.dumps({name: explained(name) | filled(name) for name in GUIDE})

    @property
    def catalogue(self) -> list[dict[str, Any]]:
        """Every type of check in words, for those who read before they choose."""
        return [explained(name) for name in GUIDE]


Checks = cast(
    type[CheckRows],
    formset_factory(CheckForm, formset=CheckRows, extra=1, can_delete=True, max_num=CHECKS),
)


def one_more(posted: Mapping[str, Any], prefix: str = "c") -> CheckRows:
    """Return the rows as typed, with one more blank row and nothing checked yet."""
    data = posted.copy()  # type: ignore[attr-defined]  # a QueryDict
    count = data.get(f"{prefix}-TOTAL_FORMS", "")
    data[f"{prefix}-TOTAL_FORMS"] = str(min(int(count) if count.isdigit() else 0, CHECKS) + 1)
    return Checks(data, prefix=prefix)
