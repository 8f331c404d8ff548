"""The two versions side by side, case by case and rule by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from evaluation.domain.checks import Outcome, Result, Severity
from evaluation.domain.gate.evidence import CaseOutcome, Flip


@dataclass(frozen=True)
class Pair:
    """One case: what the candidate gave, and production's version where there is one."""

    case: str
    candidate: CaseOutcome
    baseline: CaseOutcome | None

    @cached_property
    def trouble(self) -> str:
        """Why this case has no full result from every version asked, or "" when it has."""
        if self.candidate.trouble:
            return f"{self.candidate.trouble} (candidate)"
        if self.baseline and self.baseline.trouble:
            return f"{self.baseline.trouble} (production's version)"
        return ""

    @cached_property
    def passed_before(self) -> bool:
        """Whether production's version kept every rule here."""
        return self.baseline is not None and self.baseline.passed

    @cached_property
    def newly_failing(self) -> list[Flip]:
        """Rules that production's version kept here and the candidate breaks."""
        return self._flips(Outcome.PASS, Outcome.FAIL, Severity.BLOCKER)

    @cached_property
    def broken_at_first(self) -> bool:
        """Whether there is nothing to compare with and a rule that must hold everywhere breaks."""
        broken = (r for r in self.candidate.blockers.values() if r.outcome is Outcome.FAIL)
        return self.baseline is None and any(r.min_pass_rate is None for r in broken)

    @cached_property
    def newly_passing(self) -> list[Flip]:
        """Rules that production's version broke here and the candidate keeps."""
        return self._flips(Outcome.FAIL, Outcome.PASS, Severity.BLOCKER)

    @cached_property
    def new_warnings(self) -> list[Flip]:
        """Rules that only warn, kept by production's version and broken by the candidate."""
        return self._flips(Outcome.PASS, Outcome.FAIL, Severity.WARNING)

    @cached_property
    def may_break(self) -> bool:
        """Whether a missing result, had it been the worst, would be a newly failing rule."""
        if not self.trouble or self.baseline is None:
            return False
        ours, theirs = self.candidate.blockers, self.baseline.blockers
        nothing_known = bool(self.candidate.error and self.baseline.error)
        return nothing_known or any(
            _outcome(ours.get(check)) is not Outcome.PASS
            and _outcome(theirs.get(check)) is not Outcome.FAIL
            for check in ours.keys() | theirs.keys()
        )

    def _flips(self, before: Outcome, now: Outcome, severity: Severity) -> list[Flip]:
        earlier = {r.check: r for r in self.baseline.results} if self.baseline else {}
        return [
            Flip(self.case, result.check, result.label, result.reason)
            for result in self.candidate.results
            if result.severity is severity
            and result.outcome is now
            and _outcome(earlier.get(result.check)) is before
        ]


def pair(
    candidate: Sequence[CaseOutcome], baseline: Sequence[CaseOutcome] | None
) -> tuple[Pair, ...]:
    """Put the cases side by side; a case that one of the versions lacks has no result there."""
    ours = {outcome.case: outcome for outcome in candidate}
    if baseline is None:
        return tuple(Pair(case, outcome, None) for case, outcome in ours.items())
    theirs = {outcome.case: outcome for outcome in baseline}
    return tuple(
        Pair(case, ours.get(case) or _missing(case), theirs.get(case) or _missing(case))
        for case in ours | theirs
    )


def _missing(case: str) -> CaseOutcome:
    return CaseOutcome(case, error="This case was not run.")


def _outcome(result: Result | None) -> Outcome | None:
    return result.outcome if result else None
