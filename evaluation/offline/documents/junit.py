"""Runs as JUnit XML: a suite per prompt, a test per case and rule or judge, the gate's own tests.

A failure is evidence against the candidate, an error is missing evidence; the two stay apart.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Case = Mapping[str, Any]
# What XML 1.0 cannot hold, not even written as a number.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEADINGS = {"pass_rate": "fixed rules", "latency_ratio": "latency", "cost_ratio": "cost"}


@dataclass(frozen=True)
class _Test:
    """One test: `kind` is failure, error, skipped, or "" for one that passed."""

    group: str
    name: str
    kind: str = ""
    said: str = ""
    seconds: float = 0


def junit_of(runs: Iterable[tuple[Mapping[str, Any], Iterable[Case]]]) -> Iterator[str]:
    """Yield one document for the (head, cases) of each run."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    for head, cases in runs:
        yield from _suite(head, list(_tests(head, cases)))
    yield "</testsuites>\n"


def _suite(head: Mapping[str, Any], tests: list[_Test]) -> Iterator[str]:
    counts = {
        kind: sum(test.kind == kind for test in tests) for kind in ("failure", "error", "skipped")
    }
    yield (
        f"<testsuite name={_attribute(head['prompt'])} tests={_attribute(len(tests))}"
        f" failures={_attribute(counts['failure'])} errors={_attribute(counts['error'])}"
        f" skipped={_attribute(counts['skipped'])} time={_attribute(head['seconds'] or 0)}>\n"
    )
    for test in tests:
        opening = (
            f"<testcase classname={_attribute(test.group)} name={_attribute(test.name)}"
            f" time={_attribute(f'{test.seconds:.3f}')}"
        )
        if test.kind:
            yield f"{opening}><{test.kind} message={_attribute(test.said)}/></testcase>\n"
        else:
            yield f"{opening}/>\n"
    yield f"<system-out>{escape(_clean(head['headline']))}</system-out>\n</testsuite>\n"


def _tests(head: Mapping[str, Any], cases: Iterable[Case]) -> Iterator[_Test]:
    yield from _gate(head)
    for case in cases:
        group = f"{head['prompt']}.{case['id']}"
        answers = case["candidate"]
        seconds = (answers[0]["latency_ms"] or 0) / 1000 if answers else 0
        if not answers or answers[0]["error"]:
            yield _Test(group, "answer", "error", case["why"] or "There is no answer.", seconds)
        for rule in case["rules"]:
            yield _rule(group, rule, seconds)
        for name, judged in case["scores"].items():
            trouble = judged["candidate"]["error"]
            yield _Test(group, name, "error" if trouble else "", trouble)


def _gate(head: Mapping[str, Any]) -> Iterator[_Test]:
    """Yield the verdict as a test, then each metric that says something by itself."""
    group = f"{head['prompt']}.gate"
    kinds = {"pass": "", "fail": "failure", "inconclusive": "failure"}
    yield _Test(group, "verdict", kinds.get(head["outcome"] or "", "error"), head["headline"])
    for name, metric in head["metrics"].items():
        outcome = (metric or {}).get("outcome")
        if outcome:
            said = f"{_HEADINGS.get(name, name)}: {outcome}"
            yield _Test(group, _HEADINGS.get(name, name), kinds.get(outcome, "error"), said)


def _rule(group: str, rule: Mapping[str, Any], seconds: float) -> _Test:
    """A rule that the baseline breaks too, or that only warns, is skipped: it does not block."""
    ours, theirs = rule["candidate"], rule["baseline"]
    label, outcome = rule["label"], (ours or {}).get("outcome", "skipped")
    reason = (ours or {}).get("reason") or ""
    if outcome == "pass":
        return _Test(group, label, seconds=seconds)
    if outcome == "error":
        return _Test(group, label, "error", reason, seconds)
    if outcome == "fail" and rule["only_warns"]:
        return _Test(group, label, "skipped", f"Only warns: {reason}", seconds)
    if outcome == "fail" and theirs and theirs["outcome"] == "fail":
        return _Test(group, label, "skipped", f"The baseline breaks it too: {reason}", seconds)
    return _Test(group, label, "failure" if outcome == "fail" else "skipped", reason, seconds)


def _attribute(value: object) -> str:
    return quoteattr(_clean(str(value)))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
