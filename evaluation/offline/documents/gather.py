"""Gather a run in plain values, as JSON knows them. Milliseconds; US dollars; null is unknown."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Sum

from evaluation.offline.models import CaseResult, Run
from evaluation.offline.plan import names_of
from evaluation.offline.report import CaseLine, case_lines, report
from evaluation.offline.report.scored import JudgeLine, Scored
from registry.audit.export import utc_words
from registry.prompts.models import Version

SCHEMA = 1
BATCH = 200  # cases that are read together


def document_of(run: Run) -> dict[str, Any]:
    """Return the whole run: its head with all `cases`. For large runs stream `json_of` instead."""
    return {**head_of(run), "cases": list(cases_of(run))}


def head_of(run: Run) -> dict[str, Any]:
    """Return everything about `run` but its cases.

    `outcome` is pass, fail, inconclusive or error, and null while it is open. `metrics` has,
    by name, n, mean, baseline_mean and for a judge the difference with its bounds.
    """
    shown = report(run)
    return {
        "schema": SCHEMA,
        "run": run.pk,
        "project": run.prompt.project.slug,
        "prompt": run.prompt.name,
        "candidate": _subject(run),
        "baseline": _version(run.baseline),
        "risk": run.risk,
        "attempt": run.attempt,
        "state": run.state,
        "outcome": shown.outcome or None,
        "simulated": run.simulated,
        "headline": shown.headline,
        "reasons": run.reasons,
        "metrics": run.metrics,
        "groups": {group.key: list(group.ids) for group in shown.groups},
        "snapshot": {
            "dataset": run.snapshot.dataset.name,
            "number": run.snapshot.number,
            "digest": run.snapshot.digest,
            "cases": run.snapshot.case_count,
        },
        "smoke": run.smoke,
        "checks": run.checks,
        "judges": run.judges,
        "thresholds": run.thresholds,
        "connection": run.connection,
        "policy": run.policy.number,
        "look": run.look,
        "repeats": run.repeats,
        "again": run.again,
        "usage": _usage(run),
        "cost": float(run.cost),
        "unpriced_calls": run.unpriced_calls,
        "created_at": utc_words(run.created_at),
        "started_at": utc_words(run.started_at),
        "finished_at": utc_words(run.finished_at),
        "seconds": _seconds(run),
    }


def cases_of(run: Run, names: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Yield each case of the run in its order, with answers, rules and scores of both versions.

    `names` are the cases to yield; None: all.
    """
    # Sorted once: what is in a run without a verdict has no stored groups.
    groups = {name: group.key for group in report(run).groups for name in group.ids}
    if names is None:
        names = names_of(run.snapshot, smoke=run.smoke)
    for start in range(0, len(names), BATCH):
        for line in case_lines(run, names[start : start + BATCH], diffed=False):
            yield _case(line, groups.get(line.case.case_id), compared=run.baseline_id is not None)


def _case(line: CaseLine, group: str | None, *, compared: bool) -> dict[str, Any]:
    return {
        "id": line.case.case_id,
        "group": group,
        "tags": line.case.tags,
        "query": line.case.query,
        "why": line.why,
        "judge_disagreed": line.disagreed,
        "rules": [
            {
                "label": rule.label,
                "only_warns": rule.only_warns,
                "candidate": rule.candidate.as_dict() if rule.candidate else None,
                "baseline": rule.baseline.as_dict() if rule.baseline else None,
            }
            for rule in line.rules
        ],
        "scores": {judge.name: _judged(judge, compared=compared) for judge in line.judges},
        "candidate": _answers(line.answers),
        "baseline": _answers(line.baseline_answers) if compared else None,
    }


def _answers(rows: Sequence[CaseResult]) -> list[dict[str, Any]]:
    return [
        {
            "repeat": row.repeat,
            "taken_over": row.taken_over,
            "output": row.output,
            "error": row.error,
            "finish_reason": row.finish_reason,
            "passed": row.passed,
            "latency_ms": row.latency_ms,
            "calls": row.calls,
            "input_tokens": row.input_tokens,
            "output_tokens": row.output_tokens,
            "cost": None if row.cost is None else float(row.cost),
            "model": row.model,
        }
        for row in rows
    ]


def _judged(judge: JudgeLine, *, compared: bool) -> dict[str, Any]:
    return {
        "judge": judge.label,
        "gating": judge.gating,
        "candidate": _scored(judge.candidate),
        "baseline": _scored(judge.baseline) if compared else None,
    }


def _scored(scored: Scored) -> dict[str, Any]:
    return {
        "value": scored.value,
        "scores": scored.points,
        "error": scored.error,
        "reasoning": [row.reasoning for row in scored.rows if row.score is not None],
        "context_truncated": any(row.context_truncated for row in scored.rows),
    }


def _subject(run: Run) -> dict[str, Any]:
    if run.candidate is not None:
        return {"version": None, "ref": run.candidate.ref, "digest": run.candidate.digest}
    return {**(_version(run.version) or {}), "ref": ""}


def _version(version: Version | None) -> dict[str, Any] | None:
    return {"version": str(version.semver), "digest": version.digest} if version else None


def _usage(run: Run) -> dict[str, Any]:
    """Add up the tokens of answers and judges."""
    answers = run.results.filter(taken_over=False).aggregate(
        read=Sum("input_tokens"), written=Sum("output_tokens")
    )
    judged = run.judgements.aggregate(read=Sum("input_tokens"), written=Sum("output_tokens"))
    return {
        "calls": run.calls,
        "input_tokens": (answers["read"] or 0) + (judged["read"] or 0),
        "output_tokens": (answers["written"] or 0) + (judged["written"] or 0),
    }


def _seconds(run: Run) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return round((run.finished_at - run.started_at).total_seconds(), 3)
