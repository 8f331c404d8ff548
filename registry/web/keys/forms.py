"""The form that makes an API key."""

from datetime import datetime, timedelta

from django import forms

from registry.release.models_serving import LabelName
from registry.runtime.keys import NAME_LENGTH
from registry.web.forms.fields import reason_field

SCOPE_WORDS = {
    "read": "read: fetch prompts under the labels below",
    "ingest": "ingest: report what came of calls, send traces and scores; it reads nothing",
    "ci": "ci: have a text evaluated and read what came out; it costs model calls, decides nothing",
    "stop": "stop: roll a prompt back, for an alarm; it can never move anything forward",
}
LABEL_WORDS = {
    LabelName.PRODUCTION: "production: what serves everybody, with the rollout that runs",
    LabelName.STAGING: "staging: what soaks before it gets real traffic",
    LabelName.CANARY: "canary: the version that gets a share of traffic, else what production has",
}
LIFETIMES = [
    ("", "never, until somebody revokes it"),
    ("30", "in 30 days"),
    ("90", "in 90 days"),
    ("365", "in a year"),
]

OLD_ENDS = [
    ("", "when somebody revokes it"),
    ("1", "in a day"),
    ("7", "in 7 days"),
    ("30", "in 30 days"),
]


class KeyForm(forms.Form):
    """Which application, what it may do and read, and for how long."""

    name = forms.CharField(
        label="Which application uses it?",
        max_length=NAME_LENGTH,
        help_text="For example billing-api. One key per application tells them apart.",
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        choices=list(SCOPE_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
        error_messages={"required": "Choose at least one."},
    )
    labels = forms.MultipleChoiceField(
        label="Which labels may it read?",
        choices=[(label.value, LABEL_WORDS[label]) for label in LabelName],
        widget=forms.CheckboxSelectMultiple,
        initial=[LabelName.PRODUCTION, LabelName.CANARY],
        required=False,
        help_text="A key for staging that cannot read production keeps the two apart.",
    )
    expires = forms.ChoiceField(label="When does it end?", choices=LIFETIMES, required=False)

    def expires_at(self, now: datetime) -> datetime | None:
        """Return when the key ends, counted from `now`; None for never."""
        return _after(self.cleaned_data["expires"], now)


class ReplaceForm(forms.Form):
    """When the old key ends and the new one, and why it is replaced."""

    old_ends = forms.ChoiceField(
        label="When does the old key end?",
        choices=OLD_ENDS,
        required=False,
        help_text="Until then both are live, so that you can switch the application over.",
    )
    expires = forms.ChoiceField(
        label="When does the new key end?", choices=LIFETIMES, required=False
    )
    reason = reason_field()

    def old_ends_at(self, now: datetime) -> datetime | None:
        """Return when the old key ends, counted from `now`; None until somebody revokes it."""
        return _after(self.cleaned_data["old_ends"], now)

    def expires_at(self, now: datetime) -> datetime | None:
        """Return when the new key ends, counted from `now`; None for never."""
        return _after(self.cleaned_data["expires"], now)


def _after(days: str, now: datetime) -> datetime | None:
    return now + timedelta(days=int(days)) if days else None
