"""The bars and budgets of an evaluation as people set them: each in words, with its limits.

A bar is stored as the gate takes it (a ratio, milliseconds, US dollars) and typed as people
say it (per cent, seconds, minutes). None means: not looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class BarError(ValueError):
    """A value that a bar cannot take; the message is a sentence for the one who typed it."""


@dataclass(frozen=True)
class Bar:
    """One value: `typed = (stored - shift) * factor`, from `least` to `most` as typed.

    `says` is the bar in words around the typed figure. `off` is the word for None, empty
    where the bar cannot be left out. A yes-or-no bar has neither figure nor limits.
    """

    name: str
    label: str
    says: str
    unit: str = ""
    help: str = ""
    least: float = 0.0
    most: float = 0.0
    shift: float = 0.0
    factor: float = 1.0
    whole: bool = False
    off: str = ""
    yes_no: bool = False
    decides: bool = True  # a lower value is the stricter one; False: it says nothing of quality

    def typed(self, stored: float) -> str:
        """Return a stored value as people type it: 1.2 → “20”."""
        return f"{round((stored - self.shift) * self.factor, 6):,.6f}".rstrip("0").rstrip(".")

    def stored(self, typed: float) -> float:
        """Return what is kept of a typed figure. Raises BarError when it is out of bounds."""
        if not self.least <= typed <= self.most:  # also refuses what is not a number
            raise BarError(f"{self.label}: give a number from {self.least:,g} to {self.most:,g}.")
        if self.whole and typed != int(typed):
            raise BarError(f"{self.label}: give a whole number.")
        return self._kept(typed / self.factor + self.shift)

    def checked(self, value: Any) -> Any:
        """Return a value to be stored. Raises BarError for one that this bar cannot have."""
        if value is None:
            if not self.off:
                raise BarError(f"{self.label}: this cannot be left out. Give a number.")
            return None
        if self.yes_no or isinstance(value, bool):
            if not (self.yes_no and isinstance(value, bool)):
                raise BarError(f"{self.label}: say {'yes or no' if self.yes_no else 'a number'}.")
            return value
        if not isinstance(value, int | float):
            raise BarError(f"{self.label}: give a number.")
        return self.stored(round((value - self.shift) * self.factor, 6))

    def words(self, stored: Any) -> str:
        """Return a stored value in words: “at most 20 % longer than production's”."""
        if stored is None:
            return self.off
        if self.yes_no:
            return "yes" if stored else "no"
        return self.says.format(self.typed(stored))

    def is_looser(self, before: Any, after: Any) -> bool:
        """Does `after` let more through than `before`?"""
        if not self.decides or self.yes_no or before is None:
            return False
        return after is None or float(after) > float(before)

    def _kept(self, value: float) -> float:
        return round(value) if self.whole and self.factor == 1 else round(value, 6)


NOT_LOOKED_AT = "not looked at"
_RATIO: Mapping[str, Any] = {"shift": 1.0, "factor": 100.0, "most": 900, "off": NOT_LOOKED_AT}

THRESHOLD_BARS = (
    Bar(
        "max_latency_ratio",
        "Answer time",
        "at most {} % longer than production's",
        "% longer than production's",
        "The typical answer (geometric mean, case by case). From 20 timed cases on.",
        **_RATIO,
    ),
    Bar(
        "max_p95_ratio",
        "Slowest answers, compared",
        "the slowest 5 % at most {} % longer than production's",
        "% longer than production's",
        "The slowest 5 %. With fewer than 200 cases this is shown and blocks nothing.",
        **_RATIO,
    ),
    Bar(
        "max_p95_ms",
        "Slowest answers",
        "95 % within {} s",
        "seconds for 95 % of the answers",
        "A fixed limit, whatever production takes.",
        least=0.01,
        most=600,
        factor=0.001,
        off=NOT_LOOKED_AT,
    ),
    Bar(
        "max_cost_ratio",
        "Cost of an answer, compared",
        "at most {} % dearer than production's",
        "% dearer than production's",
        "Counts only where the price of both is known.",
        **_RATIO,
    ),
    Bar(
        "max_mean_cost",
        "Cost of an answer",
        "at most ${} on average",
        "US dollars on average",
        "A fixed limit, whatever production costs.",
        least=0.000001,
        most=100,
        off=NOT_LOOKED_AT,
    ),
    Bar(
        "anchor_margin",
        "Against the best earlier version",
        "at most {} worse than the best of the line",
        "points of a judge's mean (0 to 1)",
        "Keeps many small steps down from adding up. For MAJOR changes.",
        least=0.005,
        most=0.5,
        off=NOT_LOOKED_AT,
    ),
    Bar(
        "reuse_baseline",
        "Take over production's answers",
        "{}",
        help="From a run of the last 14 days on the same cases, from 100 cases on. Saves calls.",
        yes_no=True,
        decides=False,
    ),
)
BUDGET_BARS = (
    Bar(
        "max_calls",
        "Calls",
        "at most {} calls a run",
        "calls a run, judges included",
        least=1,
        most=1_000_000,
        whole=True,
        decides=False,
    ),
    Bar(
        "max_cost",
        "Money",
        "at most ${} a run",
        "US dollars a run",
        "Asked before each call. A run that would go over ends without a verdict.",
        least=0.01,
        most=100_000,
        decides=False,
    ),
    Bar(
        "max_seconds",
        "Time",
        "at most {} min a run",
        "minutes a run",
        least=1,
        most=7 * 24 * 60,
        factor=1 / 60,
        decides=False,
    ),
)
MONTH_BAR = Bar(
    "max_cost_month",
    "Money in a month",
    "at most ${} a month",
    "US dollars a month for the whole project",
    "All runs of all prompts together. Then nothing more is asked until the next month (UTC).",
    least=0.01,
    most=1_000_000,
    off="no limit",
    decides=False,
)
LIVE_BARS = (
    Bar(
        "live_samples_day",
        "Live answers judged",
        "at most {} a day",
        "live answers a day, each by all judges",
        "Of those that applications attach to their reports. 0: none.",
        most=100_000,
        whole=True,
        decides=False,
    ),
    Bar(
        "live_cost_day",
        "Money for live answers",
        "at most ${} a day",
        "US dollars a day for judging live answers",
        least=0.01,
        most=10_000,
        decides=False,
    ),
)
PROJECT_BARS = (*BUDGET_BARS, MONTH_BAR, *LIVE_BARS)
BARS: Mapping[str, Bar] = {bar.name: bar for bar in (*THRESHOLD_BARS, *PROJECT_BARS)}


def loosened(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each bar that lets more through after than before."""
    return [
        f"{bar.label}: {bar.words(after[bar.name])} (it was: {bar.words(before[bar.name])})."
        for bar in THRESHOLD_BARS
        if bar.name in before
        and bar.name in after
        and bar.is_looser(before[bar.name], after[bar.name])
    ]
