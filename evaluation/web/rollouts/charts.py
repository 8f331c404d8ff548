"""What the charts of a rollout draw: both sides over time, the bound of the one, the guardrail.

A dot is the mean of one minute, hour or day; a line is the mean so far, weighted over the
segments as the watcher does it. The band is where the treatment's mean lies for sure: at its
end it is the interval of the stored answer, earlier it is wider as there were fewer calls.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from evaluation.domain.watch.answer import MetricAnswer
from evaluation.domain.watch.figures import Sums
from evaluation.domain.watch.guardrails import Guardrail, Unit
from evaluation.domain.watch.normal import z_needed
from evaluation.web.rollouts.figures import shown_value
from evaluation.web.rollouts.points import Points

LEAST = 20  # calls of each side before a mean so far is drawn
MOST = 72  # moments of a line
Pairs = list[list[float]]


@dataclass(frozen=True)
class Sides:
    """The series of one stretch with fixed versions and percentage."""

    control: tuple[int, ...] = ()
    treatment: tuple[int, ...] = ()


@dataclass(frozen=True)
class Moment:
    """The means so far; `error` is their standard error but for a constant factor."""

    at: datetime
    control: float
    treatment: float
    error: float


@dataclass
class Chart:
    """The document of one chart; times in milliseconds since 1970, values as they are shown."""

    unit: str
    title: str
    control_dots: Pairs = field(default_factory=list)
    treatment_dots: Pairs = field(default_factory=list)
    control: Pairs = field(default_factory=list)
    treatment: Pairs = field(default_factory=list)
    band: Pairs = field(default_factory=list)
    rail: Pairs = field(default_factory=list)
    axis: list[float] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return dict(vars(self))


def chart_of(
    metric: MetricAnswer,
    *,
    title: str,
    bar: Guardrail,
    strata: Sequence[Sides],
    points: Points,
    at: datetime,
    baseline: bool = False,
) -> Chart:
    """Return the chart of one metric over `strata`, in time, up to the answer given `at`.

    With `baseline` nothing runs beside the treatment: it is compared with the mean that the
    answer gives for control.
    """
    chart, worse = Chart(metric.unit, title), bar.worse
    for stratum in strata:
        chart.control_dots += _dots(metric, stratum.control, points)
        chart.treatment_dots += _dots(metric, stratum.treatment, points)
    moments = _thinned([m for m in _so_far(metric, strata, points, baseline) if m.at < at])
    if metric.n_treatment and metric.n_control:
        now = metric.control + worse * metric.harm if metric.harm is not None else metric.treatment
        error = moments[-1].error if moments else 1.0
        moments.append(Moment(at, metric.control, now, error))
    tau = bar.tau * (abs(metric.control) if bar.in_means else 1.0)
    last = _reach(moments[-1].error, metric, tau) if moments else 1.0
    for moment in moments:
        _draw(chart, moment, metric, worse, _reach(moment.error, metric, tau) / last)
    chart.axis = _axis(chart)
    return chart


def _reach(error: float, metric: MetricAnswer, tau: float) -> float:
    """Return how far the bound lies from the estimate, for a standard error."""
    if tau <= 0 or error <= 0:
        return 1.0
    return z_needed(metric.assurance_needed or metric.needed, error, tau) * error


def _draw(chart: Chart, moment: Moment, metric: MetricAnswer, worse: int, wider: float) -> None:
    """Add what lies at one moment to the lines, the band and the guardrail."""

    def pair(*values: float) -> list[float]:
        shown = sorted(round(shown_value(metric.unit, value), 6) for value in values)
        return [_stamp(moment.at), *shown]

    chart.control.append(pair(moment.control))
    chart.treatment.append(pair(moment.treatment))
    if metric.assurance_needed:  # nothing has to be shown in a comparison
        chart.rail.append(pair(moment.control + worse * metric.margin))
    if metric.harm is not None and metric.low is not None and metric.high is not None:
        low, high = (metric.harm - metric.low) * wider, (metric.high - metric.harm) * wider
        chart.band.append(pair(moment.treatment - worse * low, moment.treatment + worse * high))


def _axis(chart: Chart) -> list[float]:
    """Return the least and the largest value shown; empty for nothing to show.

    A dot of few calls, and an early bound, may lie outside. No metric is below zero.
    """
    every = [*chart.control_dots, *chart.treatment_dots]
    usual = sorted(dot[2] for dot in every)[len(every) // 2] if every else 0
    dots = sorted(dot[1] for dot in every if dot[2] >= usual / 4)
    inner = [dots[len(dots) // 20], dots[-1 - len(dots) // 20]] if dots else []
    lines = [one[1] for line in (chart.control, chart.treatment, chart.rail) for one in line]
    values = [*inner, *lines, *(chart.band[-1][1:] if chart.band else ())]
    if not values:
        return []
    room = (max(values) - min(values) or abs(max(values)) or 1.0) * 0.15
    return [max(0.0, min(values) - room), max(values) + room]


def _thinned(moments: list[Moment]) -> list[Moment]:
    """Return at most so many of them, the last among them."""
    step = max(1, math.ceil(len(moments) / MOST))
    return moments[::-1][::step][::-1]


def _dots(metric: MetricAnswer, series: tuple[int, ...], points: Points) -> Pairs:
    by_time: defaultdict[datetime, Sums] = defaultdict(Sums)
    for pk in series:
        for at, sums in points.get((pk, metric.metric), ()):
            by_time[at] += sums
    return [
        [_stamp(at), round(shown_value(metric.unit, sums.mean), 6), sums.n]
        for at, sums in sorted(by_time.items())
        if sums.n
    ]


def _so_far(
    metric: MetricAnswer, strata: Sequence[Sides], points: Points, baseline: bool
) -> Iterator[Moment]:
    """Yield the means up to each point, once both sides have enough calls."""
    found: list[tuple[datetime, int, bool, Sums]] = [
        (at, number, ours, sums)
        for number, stratum in enumerate(strata)
        for ours, series in ((False, stratum.control), (True, stratum.treatment))
        for pk in series
        for at, sums in points.get((pk, metric.metric), ())
    ]
    found.sort(key=lambda row: row[0])
    sums: list[list[Sums]] = [[Sums(), Sums()] for _ in strata]
    for place, (at, number, ours, more) in enumerate(found):
        sums[number][ours] += more
        if place + 1 == len(found) or found[place + 1][0] > at:
            moment = _moment(at, metric, sums, baseline)
            if moment is not None:
                yield moment


def _moment(
    at: datetime, metric: MetricAnswer, strata: Sequence[Sequence[Sums]], baseline: bool
) -> Moment | None:
    """Return the means of all strata, each weighted by how exact its difference is."""
    weights = control = treatment = 0.0
    for theirs, ours in strata:
        if ours.n < LEAST or (theirs.n < LEAST and not baseline):
            continue
        per_call = 1 / ours.n + (0.0 if baseline else 1 / theirs.n)
        variance = max(_variance(metric.unit, ours), _variance(metric.unit, theirs), 1e-9)
        weight = 1 / (variance * per_call)
        weights += weight
        control += weight * (metric.control if baseline else theirs.mean)
        treatment += weight * ours.mean
    if not weights:
        return None
    return Moment(at, control / weights, treatment / weights, math.sqrt(1 / weights))


def _variance(unit: str, sums: Sums) -> float:
    if unit != Unit.SHARE:
        return sums.variance
    share = (sums.total + 0.5) / (sums.n + 1)
    return share * (1 - share)


def _stamp(moment: datetime) -> float:
    return round(moment.timestamp() * 1000)
