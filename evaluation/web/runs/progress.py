"""How far a run is, in the words of the page and of the answers to its questions."""

from typing import Any

from evaluation.offline.report import report
from evaluation.offline.report.live import Live
from evaluation.web.runs.address import run_url


def progress_of(live: Live) -> dict[str, Any]:
    """Return figures and words; the page shows them first, its script renews them."""
    run = live.run
    return {
        "state": run.state,
        "finished": run.state not in run.OPEN,
        "headline": report(run).headline,
        "done": live.done,
        "total": run.total,
        "percent": live.percent,
        "failing": live.failing,
        "look": run.look,
        "words": {
            "cases": f"{live.cases:,} of {live.total_cases:,}",
            "calls": f"{run.calls:,}",
            "cost": live.cost_words,
            "left": live.left_words or "not known yet",
            "trouble": f"{live.without_answer:,}",
        },
        "means": _means(live),
        "newly_failing": [
            {
                "id": case.case_id,
                "query": case.query,
                "why": case.why,
                "url": run_url(run, case=case.case_id),
            }
            for case in live.newly_failing
        ],
        "more_failing": live.failing - len(live.newly_failing),
    }


def _means(live: Live) -> list[dict[str, str]]:
    """Return the running figures of both versions, fixed rules first."""
    theirs = live.baseline_passed
    answers = f"{live.done:,} answer{'' if live.done == 1 else 's'}"
    rows = [
        ("keep all rules", f"{live.passed:,}", "" if theirs is None else f"{theirs:,}", answers)
    ]
    for mean in live.means:
        n = f"{mean.n:,} score{'' if mean.n == 1 else 's'}"
        rows.append((mean.name, _figure(mean.candidate), _figure(mean.baseline), n))
    return [
        {"name": name, "candidate": ours, "baseline": other, "note": note}
        for name, ours, other, note in rows
    ]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
