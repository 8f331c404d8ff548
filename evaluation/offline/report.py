"""What a run found, ready to be shown: the verdict in words, boxes of figures, cases in groups."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from evaluation.domain.checks import Outcome, Result
from evaluation.domain.gate import GateRules
from evaluation.domain.gate.compare import Pair, pair
from evaluation.offline.conclude import NOT_RUN, OPEN, outcomes_of, rules_of
from evaluation.offline.groups import GROUPS, grouped
from evaluation.offline.models import Case, CaseResult, Run

SHOWN = 20  # cases of a group that a page opens with
State = Run.State
_HEADLINES = {
    State.QUEUED: "Waiting for a worker.",
    State.PASSED: "Passed: ",
    State.FAILED: "Blocked: ",
    State.INCONCLUSIVE: "Undecided: ",
    State.ERRORED: "No verdict: ",
    State.CANCELLED: "",
}


@dataclass(frozen=True)
class Box:
    """One figure of the candidate beside production's; `tone` is good, bad or empty."""

    title: str
    value: str
    note: str
    tone: str = ""


@dataclass(frozen=True)
class RuleLine:
    """One rule on one case, with what it said of each version's answer."""

    label: str
    candidate: Result | None
    baseline: Result | None

    @property
    def changed(self) -> bool:
        """Does the rule say something else of the candidate?"""
        both = self.candidate is not None and self.baseline is not None
        return both and self.candidate.outcome != self.baseline.outcome  # type: ignore[union-attr]


@dataclass(frozen=True)
class CaseLine:
    """One case: both answers, and what each rule said of them."""

    case: Case
    candidate: CaseResult | None
    baseline: CaseResult | None

    @property
    def rules(self) -> list[RuleLine]:
        """Every rule that looked at either answer, in the order of the suite."""
        ours, theirs = _rules(self.candidate), _rules(self.baseline)
        return [
            RuleLine((ours.get(key) or theirs[key]).label, ours.get(key), theirs.get(key))
            for key in ours | theirs
        ]

    @property
    def why(self) -> str:
        """The first thing that speaks against the candidate's answer, or ""."""
        if self.candidate is None:
            return "There is no answer yet."
        if self.candidate.error:
            return self.candidate.error
        if self.baseline and self.baseline.error:
            return f"Production's version gave no answer: {self.baseline.error}"
        results = _rules(self.candidate).values()
        return next((r.reason for r in results if r.outcome in (Outcome.FAIL, Outcome.ERROR)), "")


@dataclass(frozen=True)
class Group:
    """The cases of one kind; `ids` in their order."""

    key: str
    title: str
    ids: tuple[str, ...]


@dataclass
class RunReport:
    """The report of a run; figures are computed from its rows when they are asked for."""

    run: Run

    @property
    def finished(self) -> bool:
        """Has the run ended?"""
        return self.run.state not in OPEN

    @property
    def headline(self) -> str:
        """The verdict in words, or how far it is."""
        run = self.run
        if run.state == State.RUNNING:
            return f"{self.done:,} of {run.total:,} answers are in."
        said = run.reasons[0] if run.reasons else ""
        opening = _HEADLINES[State(run.state)]
        return said if said.startswith(opening.strip() or said) else opening + said

    @cached_property
    def done(self) -> int:
        """How many answers are in, of both versions."""
        return self.run.results.count()

    @cached_property
    def groups(self) -> list[Group]:
        """The groups that hold cases, the worst first; without a verdict, of what is in so far."""
        members = self.run.groups or grouped(_complete(pair(*outcomes_of(self.run))))
        return [Group(key, GROUPS[key], tuple(members[key])) for key in GROUPS if key in members]

    def lines(self, ids: Sequence[str]) -> list[CaseLine]:
        """Return the cases `ids` with both answers, in that order."""
        cases = {c.case_id: c for c in self.run.snapshot.cases.filter(case_id__in=ids)}
        rows = self.run.results.filter(case__in=[c.pk for c in cases.values()])
        found = {(row.case_id, row.arm): row for row in rows}
        return [
            CaseLine(
                case,
                found.get((case.pk, CaseResult.Arm.CANDIDATE.value)),
                found.get((case.pk, CaseResult.Arm.BASELINE.value)),
            )
            for case in (cases[i] for i in ids if i in cases)
        ]

    @property
    def boxes(self) -> list[Box]:
        """Fixed rules, latency and cost, once the run has a verdict."""
        if not self.run.metrics:
            return []
        rules = rules_of(self.run)
        return [self._fixed_rules(), self._latency(rules), self._cost(rules)]

    def _fixed_rules(self) -> Box:
        figures = self.run.metrics.get("pass_rate") or {}
        n, mean, theirs = figures.get("n", 0), figures.get("mean"), figures.get("baseline_mean")
        if mean is None:
            return Box("Fixed rules", "–", "No case has a full result.", "bad")
        note = f"production's version: {round(theirs * n)} of {n}" if theirs is not None else ""
        tone = "bad" if self.run.state == State.FAILED and mean < 1 else "good"
        return Box("Fixed rules", f"{round(mean * n)} of {n} cases", note, tone)

    def _latency(self, rules: GateRules) -> Box:
        return self._ratio("Latency", "latency", rules.max_latency_ratio, rules.min_latency_cases)

    def _cost(self, rules: GateRules) -> Box:
        return self._ratio("Cost", "cost", rules.max_cost_ratio, 1)

    def _ratio(self, title: str, name: str, limit: float | None, needed: int) -> Box:
        figures = self.run.metrics.get(f"{name}_ratio") or {}
        value, n = figures.get("mean"), figures.get("n", 0)
        if value is None:
            nothing = "There is no version in production to compare with."
            unknown = "Not known for every answer, so it was not compared."
            return Box(title, "–", unknown if self.run.baseline_id else nothing)
        words = f"{value:.2f} times production's"
        if limit is None:
            return Box(title, words, "Shown only: this change is not held to it.")
        if n < needed:
            return Box(title, words, f"Shown only: {n} of {needed} cases needed.")
        return Box(title, words, f"allowed: {limit:.2f} times", "bad" if value > limit else "good")


def report(run: Run) -> RunReport:
    """Return the report of `run`."""
    return RunReport(run)


def _complete(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Yield the pairs that have every answer."""
    for one in pairs:
        arms = [one.candidate, *([one.baseline] if one.baseline else [])]
        if not any(arm.error == NOT_RUN for arm in arms):
            yield one


def _rules(row: CaseResult | None) -> dict[str, Result]:
    results = [Result.from_dict(check) for check in row.checks] if row else []
    return {result.check: result for result in results}
