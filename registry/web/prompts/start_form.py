"""The form that starts a rollout: when, with which share, and who takes the steps."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from registry.web.forms.fields import reason_field

NOW, LATER, QUEUE, REPLACE, HOTFIX = "now", "later", "queue", "replace", "hotfix"
WHEN = (NOW, LATER, QUEUE, REPLACE, HOTFIX)
MEASURED, ATTENDED = "measured", "attended"
TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


class StartForm(forms.Form):
    """When and how a rollout begins; what is left open is as its traffic proposes.

    `offered` are the choices of `when` with their words. `percent` is the proposed first share,
    None where the road has no canary. `may_choose` says whether the watcher could take the
    steps; `reason_needed` that this version went back before.
    """

    when = forms.ChoiceField(label="When?", required=False, widget=forms.RadioSelect)
    not_before = forms.DateTimeField(
        required=False,
        input_formats=TIME_FORMATS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=TIME_FORMATS[0]),
        error_messages={"invalid": "Write the time like 2026-11-24 14:00."},
    )
    percent = forms.IntegerField(
        label="First share of production, in %",
        required=False,
        min_value=1,
        max_value=50,
        help_text="1 to 50. Steps with a smaller share are left out.",
    )
    mode = forms.ChoiceField(
        label="Who takes the steps?",
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (MEASURED, "The watcher, when live traffic has shown that it is well"),
            (ATTENDED, "A person takes each step"),
        ],
        initial=MEASURED,
    )
    reason = reason_field(required=False, help_text="Optional; the audit trail keeps it.")

    def __init__(
        self,
        *args: Any,
        offered: list[tuple[str, str]],
        percent: int | None,
        may_choose: bool,
        reason_needed: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        when = self.fields["when"]
        assert isinstance(when, forms.ChoiceField)
        when.choices = [(key, key) for key in WHEN]  # what is offered may change meanwhile
        when.widget.choices = offered
        when.initial = offered[0][0]
        self.fields["not_before"].label = f"At which time? ({timezone.localtime():%Z})"
        self.fields["percent"].initial = percent
        if percent is None:
            del self.fields["percent"]
        if not may_choose:
            del self.fields["mode"]
        if reason_needed:
            self.fields["reason"].required = True
            self.fields["reason"].help_text = "Needed, because it was rolled back before."

    def clean(self) -> dict[str, Any]:
        """Ask for a time where one was chosen."""
        typed = self.cleaned_data
        no_time = typed.get("not_before") is None and "not_before" not in self.errors
        if typed.get("when") == LATER and no_time:
            self.add_error("not_before", "Give the time at which it starts.")
        return self.cleaned_data

    @property
    def chosen(self) -> str:
        """When to start: one of `WHEN`; what names nothing means now."""
        return self.cleaned_data.get("when") or NOW

    @property
    def not_before_chosen(self) -> datetime | None:
        """The time to wait for, if one was chosen."""
        moment: datetime | None = self.cleaned_data.get("not_before")
        return moment if self.chosen == LATER else None

    @property
    def attended(self) -> bool | None:
        """Whether somebody chose to take the steps by hand; None leaves it to the proposal."""
        return True if self.cleaned_data.get("mode") == ATTENDED else None
