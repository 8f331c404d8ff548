"""Runs in a few lines of Markdown, for a pull request: verdict, figures, what fails now."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evaluation.offline.groups import GROUPS

FAILING_SHOWN = 20
MARKS = {"pass": "✅", "fail": "❌", "inconclusive": "⚠️"}
_NAMES = {
    "pass_rate": "fixed rules",
    "latency_ratio": "latency, ratio",
    "latency_ms": "latency, ms",
    "latency_p95_ms": "latency, 95th percentile, ms",
    "p95_ratio": "latency, 95th percentile, ratio",
    "cost_ratio": "cost, ratio",
    "cost": "cost, US dollars an answer",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~@&])")


def markdown_of(runs: Iterable[tuple[Mapping[str, Any], Iterable[Mapping[str, Any]]]]) -> str:
    """Return the (head, cases) of each run as one text; reads of the cases only what fails."""
    parts = ["\n".join(_run(head, cases)) for head, cases in runs]
    return "\n\n".join(parts) + "\n" if parts else "Nothing was evaluated.\n"


def _run(head: Mapping[str, Any], cases: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield f"### {MARKS.get(head['outcome'] or '', '⛔')} {_text(head['prompt'])} {_against(head)}"
    yield ""
    yield f"**{_text(head['headline'])}**"
    for reason in head["reasons"][1:]:
        yield f"- {_text(reason)}"
    if head["simulated"]:
        yield "- Simulated: no model was asked."
    if head["metrics"]:
        yield ""
        yield "| | cases | candidate | baseline | difference | interval | |"
        yield "|---|---:|---:|---:|---:|---|---|"
        for name, metric in head["metrics"].items():
            if metric:
                yield _metric_row(name, metric)
    yield from _failing(head, cases)
    yield ""
    yield _costs(head)


def _against(head: Mapping[str, Any]) -> str:
    candidate, baseline = head["candidate"], head["baseline"]
    named = candidate["version"] or candidate["ref"] or (candidate.get("digest") or "")[:12]
    return _text(named) + (f" against {_text(baseline['version'])}" if baseline else "")


def _metric_row(name: str, metric: Mapping[str, Any]) -> str:
    lower, upper = metric.get("lower"), metric.get("upper")
    interval = "" if lower is None or upper is None else f"{lower:+.3f} … {upper:+.3f}"
    difference = metric.get("difference")
    cells = [
        _text(_NAMES.get(name, name)),
        f"{metric['n']:,}",
        _figure(metric.get("mean")),
        _figure(metric.get("baseline_mean")),
        "" if difference is None else f"{difference:+.3f}",
        interval,
        metric.get("outcome") or "",
    ]
    return f"| {' | '.join(cells)} |"


def _failing(head: Mapping[str, Any], cases: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the cases that fail now, the first twenty with their reasons."""
    failing = head["groups"].get("now_failing", [])
    if failing:
        yield ""
        yield f"{GROUPS['now_failing']} ({len(failing):,}):"
        wanted = set(failing[:FAILING_SHOWN])
        for case in cases:
            if case["id"] in wanted:
                why = f": {_text(case['why'])}" if case["why"] else ""
                yield f"- {_text(case['id'])}{why}"
                wanted.remove(case["id"])
            if not wanted:
                break
        if len(failing) > FAILING_SHOWN:
            yield f"- and {len(failing) - FAILING_SHOWN:,} more"


def _costs(head: Mapping[str, Any]) -> str:
    snapshot, calls = head["snapshot"], head["usage"]["calls"]
    unpriced = head["unpriced_calls"]
    cost = f"${head['cost']:.4f}" if head["cost"] or not unpriced else "cost not known"
    cost += f" and {unpriced:,} calls of unknown cost" if unpriced and head["cost"] else ""
    seconds = f", {head['seconds']:,.0f} s" if head["seconds"] is not None else ""
    named = f"{_text(snapshot['dataset'])} v{snapshot['number']}"
    return f"{named}, {snapshot['cases']:,} cases · {calls:,} calls, {cost}{seconds}"


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def _text(words: object) -> str:
    """Write somebody's words so that Markdown takes them as words, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(words).split()))
