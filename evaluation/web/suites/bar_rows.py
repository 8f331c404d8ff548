"""Bars and budgets as rows of a form: each is taken over, a value of its own, or left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from evaluation.domain.bars import Bar, BarError

TAKEN_OVER, OWN, OFF, YES, NO = "", "own", "off", "yes", "no"
_STORED = {OFF: None, YES: True, NO: False}


@dataclass(frozen=True)
class Row:
    """One bar of the form. `own` when the value is not taken over; `figure` where it has one."""

    bar: Bar
    choice: BoundField
    figure: BoundField | None
    own: bool


class BarRows(forms.Form):
    """Some bars. `own` are the values set here, `inherited` what holds where none is.

    `whose` names for each bar who says the inherited value: “the project”, “built in”.
    """

    def __init__(
        self,
        posted: Mapping[str, Any] | None,
        *,
        bars: Sequence[Bar],
        own: Mapping[str, Any],
        inherited: Mapping[str, Any],
        whose: Mapping[str, str],
    ) -> None:
        super().__init__(posted)
        self.bars = bars
        self._own = own
        for bar in bars:
            taken = f"{whose[bar.name]}: {bar.words(inherited[bar.name])}"
            self.fields[_choice(bar)] = forms.ChoiceField(
                label=bar.label,
                required=False,
                choices=_choices(bar, taken),
                initial=_chosen(bar, own),
                widget=forms.Select(attrs={"data-own": ""}),
            )
            if not bar.yes_no:
                self.fields[_figure(bar)] = forms.FloatField(
                    label=f"{bar.label}, {bar.unit}",
                    required=False,
                    initial=bar.typed(own[bar.name]) if own.get(bar.name) is not None else None,
                    widget=forms.NumberInput(attrs={"step": "any"}),
                )

    def rows(self) -> list[Row]:
        """Return the rows for the page."""
        return [
            Row(
                bar,
                self[_choice(bar)],
                None if bar.yes_no else self[_figure(bar)],
                own=bool(self[_choice(bar)].value()),
            )
            for bar in self.bars
        ]

    @property
    def is_open(self) -> bool:
        """Is there something to see: a value set here, or a fault?"""
        return bool(self.errors) or any(row.own for row in self.rows())

    @property
    def values(self) -> dict[str, Any]:
        """The values set here, as they are stored; ask after `is_valid`."""
        kept: dict[str, Any] = self.cleaned_data["kept"]
        return kept

    def clean(self) -> dict[str, Any]:
        """Read each row that has a value of its own, so that a fault stands beside it."""
        data = super().clean() or {}
        data["kept"] = {}
        for bar in self.bars:
            chosen = data.get(_choice(bar))
            if chosen in _STORED:
                data["kept"][bar.name] = _STORED[chosen]
            elif chosen == OWN and _figure(bar) not in self.errors:
                self._read(bar, data.get(_figure(bar)), data["kept"])
        return data

    def _read(self, bar: Bar, typed: float | None, kept: dict[str, Any]) -> None:
        try:
            if typed is None:
                raise BarError("Give a number, or take the value over.")
            kept[bar.name] = bar.stored(typed)
        except BarError as error:
            self.add_error(_figure(bar), str(error))


def _choice(bar: Bar) -> str:
    return f"{bar.name}-from"


def _figure(bar: Bar) -> str:
    return bar.name


def _choices(bar: Bar, taken: str) -> list[tuple[str, str]]:
    if bar.yes_no:
        return [(TAKEN_OVER, taken), (YES, "yes"), (NO, "no")]
    off = [(OFF, bar.off)] if bar.off else []
    return [(TAKEN_OVER, taken), (OWN, "another value:"), *off]


def _chosen(bar: Bar, own: Mapping[str, Any]) -> str:
    if bar.name not in own:
        return TAKEN_OVER
    value = own[bar.name]
    if bar.yes_no:
        return YES if value else NO
    return OFF if value is None else OWN
