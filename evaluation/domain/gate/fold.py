"""Several answers of one version to one case, folded into one outcome.

A rule breaks on the case when it breaks in at least half of the answers; a judge's value is
the mean. An answer that did not come counts as unknown: a rule whose outcome hangs on it is
an error, and a judge's mean says by `gaps` how much of it is missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import fsum

from evaluation.domain.checks import Outcome, Result
from evaluation.domain.gate.evidence import CaseOutcome
from evaluation.domain.gate.words import answers as counted


def fold(answers: Sequence[CaseOutcome]) -> CaseOutcome:
    """Return one outcome; give every answer that was asked for, those that failed too.

    All are of one version and one case. Raises ValueError when there is none.
    """
    if not answers:
        raise ValueError("There is no answer to fold. Give one with its error instead.")
    given = [answer for answer in answers if not answer.error]
    if len(answers) == 1 or not given:
        return answers[0]
    names = _names(answers)
    values = {name: [a.scores[name] for a in given if name in a.scores] for name in names}
    return CaseOutcome(
        case=answers[0].case,
        results=tuple(_rules(answers)),
        latency_ms=next((a.latency_ms for a in given if a.latency_ms is not None), None),
        cost=_mean_cost(given),
        scores={name: fsum(found) / len(found) for name, found in values.items() if found},
        unscored={name: _why(answers, name) for name, found in values.items() if not found},
        gaps={
            name: 1 - len(found) / len(answers)
            for name, found in values.items()
            if 0 < len(found) < len(answers)
        },
        cluster=answers[0].cluster,
    )


def _names(answers: Sequence[CaseOutcome]) -> list[str]:
    """Return the judges that this case is for, each once."""
    return list(dict.fromkeys(name for a in answers for name in (*a.scores, *a.unscored)))


def _why(answers: Sequence[CaseOutcome], name: str) -> str:
    return next(answer.unscored[name] for answer in answers if name in answer.unscored)


def _mean_cost(given: Sequence[CaseOutcome]) -> float | None:
    """Return the mean cost of an answer; unknown as soon as one is."""
    known = [answer.cost for answer in given if answer.cost is not None]
    return fsum(known) / len(known) if len(known) == len(given) else None


def _rules(answers: Sequence[CaseOutcome]) -> Iterator[Result]:
    """Yield one result for each rule, in the order of the first answer that has it."""
    found = [{result.check: result for result in answer.results} for answer in answers]
    for check in dict.fromkeys(check for results in found for check in results):
        results = [results[check] for results in found if check in results]
        yield _rule(results, answers)


def _rule(results: Sequence[Result], answers: Sequence[CaseOutcome]) -> Result:
    """Fold one rule over all answers; `results` lacks those of answers that did not come."""
    total = len(answers)
    if all(result.outcome is Outcome.SKIPPED for result in results):
        return results[0]
    broken = sum(result.outcome is Outcome.FAIL for result in results)
    kept = sum(result.outcome is Outcome.PASS for result in results)
    if 2 * broken >= total:
        return _as(results, Outcome.FAIL, f"In {broken} of {counted(total)}: ")
    if 2 * (total - kept) < total:
        return _as(results, Outcome.PASS, f"In {kept} of {counted(total)}: ")
    missing = next((answer.error for answer in answers if answer.error), "")
    words = f"{total - kept - broken} of {counted(total)} could not be looked at: "
    if any(result.outcome is Outcome.ERROR for result in results):
        return _as(results, Outcome.ERROR, words)
    return replace(results[0], outcome=Outcome.ERROR, reason=words + missing)


def _as(results: Sequence[Result], outcome: Outcome, words: str) -> Result:
    """Return the first result with that outcome, its reason after `words`."""
    first = next(result for result in results if result.outcome is outcome)
    return replace(first, reason=words + first.reason)
