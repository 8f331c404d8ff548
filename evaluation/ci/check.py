"""`promptcms check`: hold what `evaluate` wrote to the bars on the command line."""

import os
from collections.abc import Callable
from pathlib import Path

from evaluation.ci import git
from evaluation.ci.exits import OF_OUTCOME, Exit
from evaluation.ci.options import Check
from evaluation.ci.results import read_results
from evaluation.ci.thresholds import held, outcome_of

WORDS = {"pass": "ok", "fail": "FAIL", "error": "ERROR", "inconclusive": "UNDECIDED"}


def check(asked: Check, *, folder: Path, tell: Callable[[str], None]) -> Exit:
    """Say what holds and what does not, and return the exit code. Raises NoVerdict."""
    results = read_results(folder / asked.results)
    commit = git.commit(folder) or os.environ.get("GITHUB_SHA", "")
    found = held(results, asked, commit=commit)
    for finding in found:
        tell(f"{WORDS[finding.outcome]}: {finding.sentence}")
    return OF_OUTCOME[outcome_of(found, allow_inconclusive=asked.allow_inconclusive)]
