"""How live traffic is watched, as the part of the policy's form below its table."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from registry.domain.watching import DAYS, Watching
from registry.domain.watching_rules import (
    DEFAULTS,
    NAMES,
    SCORE,
    limit_words,
    limits_of,
    name_of,
)

USUAL_SCORES = ("score:faithfulness", "score:relevance")
UNITS = {
    "error": "percentage points",
    "slow": "percentage points",
    "latency": "%",
    "tokens": "%",
    "cost": "%",
}
LIMITS = ("tolerance", "margin")


@dataclass(frozen=True)
class Limits:
    """One row: a metric, the unit of its fields, and the fields; `usual` says the defaults."""

    name: str
    unit: str
    usual: str
    cells: list[forms.BoundField]


class WatchingFields(forms.Form):
    """What the watcher does by itself, and how much worse a metric may get."""

    days = forms.TypedMultipleChoiceField(
        label="Steps forward are taken on",
        coerce=int,
        required=False,
        choices=list(enumerate(DAYS)),
        widget=forms.CheckboxSelectMultiple,
        help_text="No day chosen: at any time. Going back happens at any time.",
    )
    starts = forms.TimeField(
        label="From",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    ends = forms.TimeField(
        label="To",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="In the project's time zone.",
    )
    after = forms.DecimalField(min_value=0, decimal_places=2)
    goes_back = forms.BooleanField(
        label="A drop found in production then goes back by itself",
        required=False,
        help_text="Otherwise it raises an alarm, and a person decides.",
    )
    silence = forms.DecimalField(
        min_value=0, decimal_places=2, required=False, help_text="Empty: it is held instead."
    )

    def add_watching(self, watching: Watching, *, sandbox: bool) -> None:
        """Give the fields what the policy says now. In a sandbox times are minutes."""
        self.per_unit = 1 if sandbox else 60
        unit = "minutes" if sandbox else "hours"
        self.metrics = [*NAMES, *sorted({*USUAL_SCORES, *_scores(watching)})]
        hours = watching.hours
        started = {
            "days": list(hours.days) if hours else [],
            "starts": hours.start if hours else None,
            "ends": hours.end if hours else None,
            "after": _amount(watching.after_minutes, self.per_unit),
            "goes_back": watching.goes_back_by_itself,
            "silence": _amount(watching.silence_minutes, self.per_unit),
        }
        for name, value in started.items():
            self.fields[name].initial = value
        self.fields["after"].label = f"After a rollout production is watched for, {unit}"
        self.fields["silence"].label = f"A canary nobody reports on goes back after, {unit}"
        self.kept_alpha = watching.alpha
        if sandbox:
            self.fields["alpha"] = forms.DecimalField(
                label="Chance that a whole rollout goes back by mistake, %",
                min_value=Decimal("0.01"),
                max_value=20,
                decimal_places=2,
                initial=_plain(watching.alpha * 100),
                help_text="1 % outside of sandboxes.",
            )
        for metric in self.metrics:
            self._add_limits(watching, metric)

    def limits(self) -> Iterator[Limits]:
        """Yield the rows of metrics."""
        for metric in self.metrics:
            usual = " and ".join(limit_words(metric, v) for v in limits_of(Watching(), metric))
            cells = [self[f"{key}_{metric}"] for key in LIMITS]
            yield Limits(name_of(metric), UNITS.get(metric, "score"), usual, cells)

    def watching_fields(self) -> Iterator[forms.BoundField]:
        """Yield the fields besides the rows of metrics, in their order."""
        names = ["days", "starts", "ends", "after", "goes_back", "silence", "alpha"]
        yield from (self[name] for name in names if name in self.fields)

    def watching_document(self) -> dict[str, Any]:
        """Return what was typed, as the part of a policy's document."""
        typed = self.cleaned_data
        hours = typed["days"] and {
            "days": typed["days"],
            "start": f"{typed['starts']:%H:%M}" if typed["starts"] else "",
            "end": f"{typed['ends']:%H:%M}" if typed["ends"] else "",
        }
        alpha = typed.get("alpha")
        silence = typed["silence"]
        return {
            "alpha": float(alpha) / 100 if alpha is not None else self.kept_alpha,
            "hours": hours or None,
            "guardrails": {m: rule for m in self.metrics if (rule := self._rule(m))},
            "after_minutes": self._minutes_of(typed["after"]),
            "goes_back_by_itself": typed["goes_back"],
            "silence_minutes": self._minutes_of(silence) if silence else None,
        }

    def _add_limits(self, watching: Watching, metric: str) -> None:
        rule = watching.guardrails.get(metric, {})
        for key in LIMITS:
            initial = _plain(_shown(metric, rule[key])) if key in rule else None
            name = f"{key}_{metric}"
            self.fields[name] = forms.FloatField(
                label=f"{name_of(metric)}, {key}", required=False, min_value=0, initial=initial
            )
            usual = DEFAULTS.get(metric, DEFAULTS["score"])[LIMITS.index(key)]
            widget = self.fields[name].widget
            widget.attrs |= {
                "aria-label": f"{name_of(metric)}, {key}",
                "placeholder": str(_plain(_shown(metric, usual))),
                "step": "any",
            }

    def _rule(self, metric: str) -> dict[str, float]:
        typed = {key: self.cleaned_data.get(f"{key}_{metric}") for key in LIMITS}
        return {key: _stored(metric, value) for key, value in typed.items() if value is not None}

    def _minutes_of(self, amount: Decimal) -> int:
        return int((amount * self.per_unit).to_integral_value())


def _scores(watching: Watching) -> list[str]:
    return [metric for metric in watching.guardrails if metric.startswith(SCORE)]


def _shown(metric: str, limit: float) -> float:
    """Return a stored limit as people type it: percent, percentage points, or a score."""
    if metric == "latency":
        return (math.exp(limit) - 1) * 100
    return limit * 100 if metric in UNITS else limit


def _stored(metric: str, typed: float) -> float:
    """Return what `_shown` shows as `typed`, in the metric's unit."""
    if metric == "latency":
        return round(math.log1p(typed / 100), 9)
    return round(typed / 100 if metric in UNITS else typed, 9)


def _amount(minutes: int | None, per_unit: int) -> Decimal | None:
    return None if minutes is None else Decimal(_plain(minutes / per_unit))


def _plain(number: float) -> str:
    return f"{round(number, 4):.10g}"
