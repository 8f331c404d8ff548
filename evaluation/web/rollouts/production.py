"""What one version did in production: scores, errors, latency and cost over time, all its arms."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db.models import Sum
from django.http import HttpResponse

from evaluation.domain.watch.figures import Sums
from evaluation.domain.watch.histogram import quantile
from evaluation.online.models import Histogram, Series
from evaluation.web.rollouts.charts import Chart
from evaluation.web.rollouts.figures import (
    in_order,
    shown_value,
    title_of,
    unit_of,
    value_words,
)
from evaluation.web.rollouts.points import DAY, HOUR, Points, points_of
from registry.audit.clock import database_now
from registry.domain.roles import Action
from registry.prompts.models import Version
from registry.release.exposure import exposure
from registry.web.ledger.bars import bars_of
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_version

RANGES = {"24h": ("24 hours", DAY), "7d": ("7 days", 7 * DAY), "30d": ("30 days", 30 * DAY)}
CALLS = "error"  # the metric whose n counts every call
LEFT_OUT = ("assigned", "misassigned", "latency")
ARMS = {
    Series.Arm.CONTROL: "production",
    Series.Arm.TREATMENT: "canary",
    Series.Arm.STAGING: "staging",
    Series.Arm.OTHER: "asked for by its number",
}


@dataclass(frozen=True)
class ArmRow:
    """One arm over the whole range: its calls, and each figure in words."""

    arm: str
    calls: str
    figures: list[str]


@dataclass(frozen=True)
class Panel:
    """One chart, with what it comes to over the range; `ours` and `theirs` name its lines."""

    key: str
    title: str
    words: str
    ours: str
    theirs: str = ""


@needs(Action.VIEW)
def version_production(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Show it; `?range=24h`, `7d` or `30d`."""
    version, now = find_version(request, name, semver), database_now()
    chosen = request.GET.get("range", "")
    chosen = chosen if chosen in RANGES else "7d"
    span = RANGES[chosen][1]
    step = DAY if chosen == "30d" else HOUR
    series = list(Series.objects.filter(version=version))
    since = now - span
    points = points_of((one.pk for one in series), step=step, since=since)
    by_metric = _by_metric(points)
    metrics = [name for name in in_order(by_metric) if name not in LEFT_OUT]
    daily = _daily(series, since.date())
    charts = {_key(metric): _chart(metric, by_metric[metric]) for metric in metrics}
    panels = [_panel(metric, by_metric[metric], version) for metric in metrics]
    if daily:
        charts["latency"] = _latency_chart(daily, now)
        panels.append(_latency_panel(daily))
    spells = exposure(version)
    calls = sum(sums.n for _, sums in by_metric.get(CALLS, ()))
    context = {
        "project": request.project,
        "prompt": version.prompt,
        "version": version,
        "ranges": [(key, words) for key, (words, _) in RANGES.items()],
        "chosen": chosen,
        "words": RANGES[chosen][0],
        "calls": f"{calls:,}" if calls else "",
        "panels": panels,
        "charts": {key: chart.document() for key, chart in charts.items()},
        "metrics": [title_of(metric) for metric in metrics],
        "arms": _arm_rows(series, points, metrics),
        "spells": spells,
        "bars": bars_of(spells, now=now, start=since, shares=True),
    }
    title = f"{version.prompt.name} {version.semver} in production"
    return page(request, "evaluation/rollouts/production.html", context, title=title)


def _key(metric: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in metric)


def _by_metric(points: Points) -> dict[str, list[tuple[datetime, Sums]]]:
    """Return each metric over time, all series together."""
    found: defaultdict[str, defaultdict[datetime, Sums]] = defaultdict(lambda: defaultdict(Sums))
    for (_, metric), rows in points.items():
        for at, sums in rows:
            found[metric][at] += sums
    return {metric: sorted(by_time.items()) for metric, by_time in found.items()}


def _whole(rows: Iterable[tuple[datetime, Sums]]) -> Sums:
    whole = Sums()
    for _, sums in rows:
        whole += sums
    return whole


def _chart(metric: str, rows: Iterable[tuple[datetime, Sums]]) -> Chart:
    unit = unit_of(metric)
    pairs = [[_stamp(at), round(shown_value(unit, s.mean), 6), s.n] for at, s in rows if s.n]
    return Chart(unit, title_of(metric), treatment=pairs, axis=_axis(pairs))


def _panel(metric: str, rows: Iterable[tuple[datetime, Sums]], version: Version) -> Panel:
    whole, unit = _whole(rows), unit_of(metric)
    words = f"{value_words(unit, whole.mean)} over {whole.n:,} calls"
    if metric == "cost":
        words += f", ${whole.total:,.2f} in all"
    return Panel(_key(metric), title_of(metric), words, version.semver)


def _daily(series: Iterable[Series], first: date) -> dict[date, dict[int, int]]:
    """Return the latencies of each day as counts by bucket."""
    rows = Histogram.objects.filter(series__in=list(series), day__gte=first)
    found: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for day, bucket, n in rows.values_list("day", "bucket").annotate(Sum("n")).order_by("day"):
        found[day][bucket] = n
    return dict(found)


def _latency_chart(daily: Mapping[date, Mapping[int, int]], now: datetime) -> Chart:
    """Draw one point a day: at noon, and today not later than now."""
    lines: dict[float, list[list[float]]] = {0.5: [], 0.95: []}
    for day, counts in daily.items():
        noon = _stamp(min(now, datetime.combine(day, time(12), UTC)))
        for share, line in lines.items():
            found = quantile(counts, share)
            if found is not None:
                line.append([noon, round(found, 1), sum(counts.values())])
    chart = Chart("log_ms", "Latency", treatment=lines[0.95], control=lines[0.5])
    chart.axis = _axis([*lines[0.5], *lines[0.95]])
    return chart


def _latency_panel(daily: Mapping[date, Mapping[int, int]]) -> Panel:
    counts: defaultdict[int, int] = defaultdict(int)
    for of_day in daily.values():
        for bucket, n in of_day.items():
            counts[bucket] += n
    middle, slow = quantile(counts, 0.5), quantile(counts, 0.95)
    words = "" if middle is None or slow is None else f"{_ms(middle)}; 95 % below {_ms(slow)}"
    return Panel("latency", "Latency", words, "95 % are below", "half are below")


def _ms(value: float) -> str:
    return f"{value:,.0f} ms" if value < 1000 else f"{value / 1000:.2f} s"


def _axis(pairs: list[list[float]]) -> list[float]:
    values = [pair[1] for pair in pairs]
    if not values:
        return []
    room = (max(values) - min(values) or abs(max(values)) or 1.0) * 0.2
    return [max(0.0, min(values) - room), max(values) + room]


def _arm_rows(series: Iterable[Series], points: Points, metrics: list[str]) -> list[ArmRow]:
    sums: dict[str, dict[str, Sums]] = {arm: defaultdict(Sums) for arm in ARMS}
    for one in series:
        for metric in {*metrics, CALLS}:
            sums[one.arm][metric] += _whole(points.get((one.pk, metric), ()))
    return [
        ArmRow(
            words,
            f"{sums[arm][CALLS].n:,}",
            [
                value_words(unit_of(metric), sums[arm][metric].mean) if sums[arm][metric].n else "–"
                for metric in metrics
            ],
        )
        for arm, words in ARMS.items()
        if any(found.n for found in sums[arm].values())
    ]


def _stamp(moment: datetime) -> float:
    return round(moment.timestamp() * 1000)
