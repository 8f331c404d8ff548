"""Checks as rows of a form: what people fill in, and the check that comes of it, both ways."""

import json
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet, formset_factory

from evaluation.domain.checks import KINDS, CheckError, Severity, parse_check
from evaluation.offline.suites import CHECKS

LINES = ("values", "fields")  # fields of a check that hold one text a line
BLANK = ("", "choose a check")


class CheckForm(forms.Form):
    """One check. Which of the fields count depends on its type."""

    type = forms.ChoiceField(
        label="The answer …",
        required=False,
        choices=[BLANK, *((name, kind.title) for name, kind in KINDS.items())],
    )
    text = forms.CharField(
        label="Text, pattern, fields or schema",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="For several, one on each line.",
    )
    min = forms.IntegerField(label="At least", required=False)
    max = forms.IntegerField(label="At most", required=False)
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

    def clean(self) -> dict[str, Any]:
        """Read the row as a check, so that a fault stands beside the field that has it."""
        data = super().clean() or {}
        data["check"] = None
        if data.get("type") and not self.errors:
            try:
                check = _check(data)
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
        return [
            row.cleaned_data["check"]
            for row in self
            if row.cleaned_data.get("check") and not row.cleaned_data.get("DELETE")
        ]

    @property
    def kinds(self) -> str:
        """The fields of every type of check as JSON, for the script that shows and hides."""
        return json.dumps({name: kind.fields for name, kind in KINDS.items()})


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


def initial_row(check: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form values of a stored check."""
    row = {name: check[name] for name in CheckForm.base_fields if name in check}
    row["tags"] = ", ".join(check.get("tags", []))
    for name in LINES:
        if name in check:
            row["text"] = "\n".join(str(value) for value in check[name])
    if "value" in check:
        value = check["value"]
        row["text"] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if "schema" in check:
        row["text"] = json.dumps(check["schema"], ensure_ascii=False, indent=2)
    return row


def _check(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the check of a filled row, with only what differs from the defaults."""
    fields = KINDS[data["type"]].fields
    text = (data["text"] or "").replace("\r\n", "\n")
    check: dict[str, Any] = {"type": data["type"]}
    if "value" in fields and text:
        check["value"] = _json_or_text(text) if data["type"] == "equals" else text
    for name in LINES:
        if name in fields:
            check[name] = [line.strip() for line in text.split("\n") if line.strip()]
    if "schema" in fields and text.strip():
        check["schema"] = _schema(text)
    for name in ("min", "max"):
        if name in fields and data[name] is not None:
            check[name] = data[name]
    if data["negate"]:
        check["negate"] = True
    if data["severity"] == Severity.WARNING.value:
        check["severity"] = data["severity"]
    if data["min_pass_rate"] is not None:
        check["min_pass_rate"] = data["min_pass_rate"]
    if tags := [tag.strip() for tag in data["tags"].split(",") if tag.strip()]:
        check["tags"] = tags
    return check


def _json_or_text(text: str) -> Any:
    """Return an object or a list for text that is one in JSON; all else stays text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict | list) else text


def _schema(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CheckError("text", f"This is not JSON: {error}.") from None
    except RecursionError:
        raise CheckError("text", "The schema is nested too deeply.") from None
