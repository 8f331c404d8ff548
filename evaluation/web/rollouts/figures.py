"""Figures of live traffic in words: a score as 0.84, a rate as 1.1 %, a logarithm as seconds."""

import math
from collections.abc import Iterable

from evaluation.domain.watch.answer import MetricAnswer
from evaluation.domain.watch.guardrails import QUALITY, Unit
from evaluation.domain.watch.words import value

TITLES = {
    "error": "Errors",
    "latency": "Latency",
    "slow": "Slow calls",
    "tokens": "Tokens",
    "cost": "Cost",
    "assigned": "Assigned calls",
    "misassigned": "Misassigned calls",
}
ORDER = ("error", "latency", "slow", "tokens", "cost")
SHORT = {"error": "errors", "latency": "latency", "tokens": "tokens", "cost": "cost"}
SAME = {Unit.SCORE: 0.005, Unit.SHARE: 0.0005, Unit.LOG_MS: 0.005}  # what rounds to nothing


def title_of(metric: str) -> str:
    """Return what people call a metric, as a heading."""
    return TITLES.get(metric) or metric.removeprefix(QUALITY).replace("_", " ").capitalize()


def unit_of(metric: str) -> Unit:
    """Return the unit of a metric by its name, for figures without a guardrail."""
    known = {
        "latency": Unit.LOG_MS,
        "tokens": Unit.TOKENS,
        "cost": Unit.DOLLARS,
    }
    return known.get(metric, Unit.SCORE if metric.startswith(QUALITY) else Unit.SHARE)


def in_order(metrics: Iterable[str]) -> list[str]:
    """Return the metrics as pages show them: scores by name, then errors, times, costs."""
    known = {name: at for at, name in enumerate(ORDER)}
    return sorted(metrics, key=lambda name: (known.get(name, -1), name))


def shown_value(unit: str, figure: float) -> float:
    """Return `figure` on the scale that charts show: per cent, milliseconds, as it is."""
    if unit == Unit.LOG_MS:
        return math.exp(min(figure, 40.0))
    return figure * 100 if unit == Unit.SHARE else figure


def value_words(unit: str, figure: float) -> str:
    """Return a mean in words with its unit."""
    return value(Unit(unit), figure)


def amount_words(unit: str, amount: float, control: float) -> str:
    """Return how large a difference is, without its sign; `control` is the mean it is against."""
    size = abs(amount)
    if unit == Unit.SCORE:
        return f"{size:.3f}" if size < 0.01 else f"{size:.2f}"
    if unit == Unit.SHARE:
        points = f"{size * 100:.2g}" if size < 0.1 else f"{size * 100:.0f}"
        return f"{points} point{'' if points == '1' else 's'}"
    if unit == Unit.LOG_MS:
        return f"{(math.exp(min(size, 40.0)) - 1) * 100:.0f} %"
    return f"{size / abs(control) * 100:.0f} %" if control else value_words(unit, size)


def change_words(unit: str, control: float, treatment: float) -> str:
    """Return `+0.01`, `−4 %` or `same`: the treatment's mean beside the control's."""
    change = treatment - control
    share = abs(change / control) if control else 0.0
    relative = unit in (Unit.TOKENS, Unit.DOLLARS)
    if share < 0.005 if relative else abs(change) < SAME.get(Unit(unit), 0.0):
        return "same"
    if unit == Unit.LOG_MS:
        change = math.exp(min(change, 40.0)) - 1
        return f"{_sign(change)}{abs(change) * 100:.0f} %"
    return f"{_sign(change)}{amount_words(unit, change, control)}"


def line_of(metrics: Iterable[MetricAnswer]) -> list[str]:
    """Return the figures of a rollout in one line: `faithfulness 0.84 vs 0.83`, `errors same`."""
    by_name = {metric.metric: metric for metric in metrics}
    if not any(metric.n_control and metric.n_treatment for metric in by_name.values()):
        return []
    return [_brief(by_name[name]) for name in in_order(by_name) if name != "slow"]


def _brief(metric: MetricAnswer) -> str:
    name = SHORT.get(metric.metric) or metric.metric.removeprefix(QUALITY)
    if not metric.n_control or not metric.n_treatment:
        return f"{name} –"
    if metric.unit == Unit.SCORE:
        ours, theirs = (value_words(metric.unit, v) for v in (metric.treatment, metric.control))
        return f"{name} {ours} vs {theirs}"
    return f"{name} {change_words(metric.unit, metric.control, metric.treatment)}"


def _sign(change: float) -> str:
    return "+" if change >= 0 else "−"
