"""Hold written results to a bar. What cannot be held to it has no verdict, and never passes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.ci.exits import worst
from evaluation.ci.options import Check

Run = Mapping[str, Any]
SCHEMA = 1


@dataclass(frozen=True)
class Finding:
    """What one bar said of one prompt: an outcome of the gate, and a sentence."""

    outcome: str
    sentence: str


def held(results: Mapping[str, Any], asked: Check, *, commit: str = "") -> list[Finding]:
    """Return what there is to say of `results`, one finding at least, the worst first.

    `commit` is the one that is checked out; results of another one are no evidence.
    """
    found = [*_unusable(results, commit)]
    if not found and not results["prompts"]:
        return [Finding("pass", "No prompt was changed, so there is nothing to evaluate.")]
    if not found:
        found = [finding for run in results["prompts"] for finding in _of_run(run, asked)]
    order = ("fail", "error", "inconclusive", "pass")
    return sorted(found, key=lambda finding: order.index(finding.outcome))


def outcome_of(found: list[Finding], *, allow_inconclusive: bool) -> str:
    """Return the outcome of all findings together."""
    outcomes = [finding.outcome for finding in found]
    if allow_inconclusive:
        outcomes = ["pass" if outcome == "inconclusive" else outcome for outcome in outcomes]
    return worst(outcomes)


def _unusable(results: Mapping[str, Any], commit: str) -> Iterator[Finding]:
    if results.get("schema") != SCHEMA or not isinstance(results.get("prompts"), list):
        yield Finding("error", "The results are in another form. Run evaluate again.")
    elif commit and results.get("commit") != commit:
        then = str(results.get("commit") or "an unknown commit")[:12]
        yield Finding("error", f"The results are of {then}, not of {commit[:12]}. Evaluate again.")


def _of_run(run: Run, asked: Check) -> Iterator[Finding]:
    name = run["prompt"]
    said = run["reasons"][0] if run["reasons"] else run["outcome"]
    yield Finding(run["outcome"], f"{name}: {said}")
    if run["outcome"] in ("error", "inconclusive") and not run["metrics"]:
        return
    for metric, least in asked.least.items():
        yield from _mean(name, run["metrics"].get(metric), metric, least)
    if asked.max_p95_ms is not None:
        p95 = (run["metrics"].get("latency_p95_ms") or {}).get("mean")
        words = "95 of 100 answers came within {value:,.0f} ms"
        yield _at_most(name, p95, asked.max_p95_ms, "the latency", words)
    if asked.max_cost_ratio is not None:
        ratio = (run["metrics"].get("cost_ratio") or {}).get("mean")
        words = "answers cost {value:.2f} times the baseline's"
        yield _at_most(name, ratio, asked.max_cost_ratio, "the cost against a baseline", words)


def _mean(name: str, metric: Run | None, label: str, least: float) -> Iterator[Finding]:
    if not metric or not metric.get("n") or metric.get("mean") is None:
        yield Finding(
            "error",
            f"{name}: no case has a score for {label}. Add the judge {label} to the suite, or "
            "take the option away.",
        )
    elif metric["mean"] < least:
        yield Finding(
            "fail", f"{name}: {label} is {metric['mean']:.3f}; at least {least:g} is required."
        )
    else:
        yield Finding("pass", f"{name}: {label} is {metric['mean']:.3f}, at least {least:g}.")


def _at_most(name: str, value: float | None, most: float, what: str, words: str) -> Finding:
    if value is None:
        return Finding("error", f"{name}: {what} is not known, so it cannot be held to {most:g}.")
    said = f"{name}: {words.format(value=value)}"
    if value > most:
        return Finding("fail", f"{said}; at most {most:g} is allowed.")
    return Finding("pass", f"{said}, at most {most:g}.")
