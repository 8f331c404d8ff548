"""A golden case as a form: its texts, its variables, passages and checks as rows."""

from typing import Any, cast

from django import forms
from django.forms import formset_factory
from django.http import QueryDict

from evaluation.offline.cases import ID_LENGTH, LIST_LENGTH, BadCase, NewCase, read_case
from evaluation.web.check_rows import CheckForm, CheckRows, initial_row
from registry.domain.strict_json import StrictError, strict

TEXT, NUMBER, YES_NO = "text", "number", "yes or no"
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class CaseForm(forms.Form):
    """The fields that a case has once."""

    case_id = forms.CharField(
        label="Id",
        max_length=ID_LENGTH,
        help_text="Such as angry-refund. It names the case in every snapshot and report, for good.",
    )
    query = forms.CharField(
        label="Query", required=False, strip=False, widget=_area(3), help_text="What the user says."
    )
    reference = forms.CharField(
        label="Reference",
        required=False,
        strip=False,
        widget=_area(3),
        help_text="A good answer. Judges of correctness compare with it.",
    )
    tags = forms.CharField(
        label="Tags",
        required=False,
        max_length=6000,
        help_text="With commas. A PATCH is tried on smoke; holdout never shows in the editor.",
    )
    cluster = forms.CharField(
        label="Cluster",
        required=False,
        max_length=ID_LENGTH,
        help_text="The same word for cases from one document: they count as one in the statistics.",
    )


class VariableForm(forms.Form):
    """A variable of the prompt and its value."""

    name = forms.CharField(label="Variable", required=False, max_length=64)
    kind = forms.ChoiceField(
        label="Is a", required=False, choices=[(kind, kind) for kind in (TEXT, NUMBER, YES_NO)]
    )
    value = forms.CharField(label="Value", required=False, strip=False, widget=_area(1))

    def clean(self) -> dict[str, Any]:
        """Read the value as what it is said to be."""
        data = super().clean() or {}
        kind, value = data.get("kind"), data.get("value") or ""
        if value and not data.get("name") and not self.errors:
            self.add_error("name", "Name the variable that this is the value of.")
        elif data.get("name") and kind in (NUMBER, YES_NO):
            try:
                data["value"] = _number(value) if kind == NUMBER else _YES_NO[value.strip().lower()]
            except (ValueError, KeyError):
                wanted = "a number such as 12 or 0.5" if kind == NUMBER else "yes or no"
                self.add_error("value", f"Write {wanted}, or say that it is a text.")
        return data


class PassageForm(forms.Form):
    """One passage of context."""

    text = forms.CharField(label="Passage", required=False, strip=False, widget=_area(3))


Variables = formset_factory(VariableForm, extra=1, max_num=LIST_LENGTH)
Passages = formset_factory(PassageForm, extra=1, max_num=LIST_LENGTH)
Checks = cast(
    type[CheckRows],
    formset_factory(CheckForm, formset=CheckRows, extra=0, can_delete=True, max_num=LIST_LENGTH),
)


class CaseForms:
    """The form of one case with its rows. `fixed_id` is that of a case that exists."""

    def __init__(self, case: NewCase, data: QueryDict | None = None, *, fixed_id: str = "") -> None:
        self.case, self.fixed_id = case, fixed_id
        self.form = CaseForm(data, initial=_initial(case))
        if fixed_id:
            del self.form.fields["case_id"]
        self.variables = Variables(data, initial=_variable_rows(case), prefix="v")
        self.passages = Passages(data, initial=[{"text": t} for t in case.context], prefix="p")
        self.checks = Checks(data, initial=[initial_row(c) for c in case.checks], prefix="c")

    @property
    def rows(self) -> tuple[Any, ...]:
        """The three kinds of rows."""
        return (self.variables, self.passages, self.checks)

    def read(self) -> NewCase | None:
        """Return the case that was typed; None when a field or the form says what is wrong."""
        if not all([self.form.is_valid(), *(rows.is_valid() for rows in self.rows)]):
            return None
        fields = {
            **self.form.cleaned_data,
            "id": self.fixed_id or self.form.cleaned_data["case_id"],
            "inputs": self._inputs(),
            "context": [text for row in self.passages if (text := row.cleaned_data.get("text"))],
            "checks": self.checks.checks,
            "messages": self.case.messages,
        }
        if self.form.errors:
            return None
        try:
            return read_case(fields, default_id="")
        except BadCase as error:
            for message in error.messages:
                self.form.add_error(None, message)
            return None

    def _inputs(self) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        for row in self.variables:
            if not (name := row.cleaned_data.get("name")):
                continue
            if name in inputs:
                self.form.add_error(None, f"The variable {name} is given twice.")
            inputs[name] = row.cleaned_data.get("value", "")
        return inputs


def with_one_more(data: QueryDict) -> QueryDict:
    """Return what was typed with one more row, of the kind that `add` says: v, p, else c."""
    copy = data.copy()
    prefix = copy.get("add")
    key = f"{prefix if prefix in ('v', 'p') else 'c'}-TOTAL_FORMS"
    count = copy.get(key, "")
    if count.isascii() and count.isdigit() and len(count) < 4:
        copy[key] = str(min(int(count), LIST_LENGTH) + 1)
    return copy


def _initial(case: NewCase) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "query": case.query,
        "reference": case.reference,
        "tags": ", ".join(case.tags),
        "cluster": case.cluster,
    }


def _variable_rows(case: NewCase) -> list[dict[str, Any]]:
    return [_variable_row(name, value) for name, value in case.inputs.items()]


def _variable_row(name: str, value: str | int | float | bool) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"name": name, "kind": YES_NO, "value": "yes" if value else "no"}
    return {"name": name, "kind": TEXT if isinstance(value, str) else NUMBER, "value": str(value)}


def _number(text: str) -> int | float:
    """Return a number that JSON has. Raises ValueError."""
    number: int | float
    try:
        number = int(text)
    except ValueError:
        number = float(text)
    try:
        found: int | float = strict(number, "The value")
    except StrictError as error:
        raise ValueError(str(error)) from None
    return found
