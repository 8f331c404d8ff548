"""The gate: may the candidate stand where production's version stands, on these cases?

Rules are compared case by case: a case that production's version gets right and the
candidate gets wrong blocks. Judges' scores are compared over all cases: the candidate must
surely be as good, up to a margin. Missing results are never dropped and never count as right:
too many give no verdict at all, and a pass must hold even if each had gone wrong.
"""

from collections.abc import Iterator, Sequence

from evaluation.domain.gate import budgets, questions, ratios
from evaluation.domain.gate.compare import pair
from evaluation.domain.gate.evidence import (
    CaseOutcome,
    GateDecision,
    GateOutcome,
    GateRules,
    Metric,
)
from evaluation.domain.gate.judges import Judged
from evaluation.domain.gate.look import cases_to_repeat
from evaluation.domain.gate.pass_rates import broken_at_first, rates_in_doubt, rates_too_low
from evaluation.domain.gate.praise import praise


def decide(
    candidate: Sequence[CaseOutcome],
    baseline: Sequence[CaseOutcome] | None,
    rules: GateRules | None = None,
    anchor: Sequence[CaseOutcome] | None = None,
) -> GateDecision:
    """Return the verdict on `candidate` against `baseline` (None: nothing in production yet).

    Give every case of the snapshot for every arm, those without an answer too. `anchor` are
    the stored scores of the best earlier version of the line, None where there is none. The
    questions are asked in order: no verdict at all, a fail, in doubt; else it passes.
    """
    return _Gate(candidate, baseline, rules or GateRules(), anchor).decision()


class _Gate:
    """All evidence side by side, so that each question can be asked of it once."""

    def __init__(
        self,
        candidate: Sequence[CaseOutcome],
        baseline: Sequence[CaseOutcome] | None,
        rules: GateRules,
        anchor: Sequence[CaseOutcome] | None,
    ) -> None:
        self.rules, self.anchor = rules, anchor
        self.pairs, self.compared = pair(candidate, baseline), baseline is not None
        self.judges = [
            Judged(self.pairs, rule, rules, anchor, compared=self.compared) for rule in rules.judges
        ]
        self.gating = [judge for judge in self.judges if judge.rule.gating]
        self.bar = None if self.compared else rules.min_pass_rate
        self.latency = ratios.latency_ratio(self.pairs, rules.alpha)
        self.cost = ratios.cost_ratio(self.pairs)
        self.tail, self.mean_cost = budgets.tail_of(self.pairs), budgets.mean_cost(self.pairs)

    def decision(self) -> GateDecision:
        """Return the verdict with everything that it rests on."""
        flipped, failed = [*self._flipped()], [*self._failed()]
        doubtful, undecided = [*self._doubtful()], [*self._undecided()]
        answers = {
            GateOutcome.ERROR: [*questions.too_many_errors(self.pairs, self.gating, self.rules)],
            GateOutcome.FAIL: [*flipped, *failed],
            GateOutcome.INCONCLUSIVE: [*doubtful, *undecided],
            GateOutcome.PASS: [praise(self.pairs, self.gating, compared=self.compared)],
        }
        outcome = next(outcome for outcome, sentences in answers.items() if sentences)
        again: tuple[str, ...] = ()
        if outcome is not GateOutcome.ERROR:
            again = cases_to_repeat(
                self.pairs,
                self.rules,
                failed=bool(failed),
                doubtful=bool(doubtful),
                undecided=bool(undecided),
            )
        return GateDecision(
            outcome=outcome,
            reasons=(*answers[outcome], *self._notes(outcome)),
            metrics=self._metrics(),
            newly_failing=tuple(questions.flips_of(self.pairs)),
            newly_passing=tuple(flip for pair in self.pairs for flip in pair.newly_passing),
            still_failing=tuple(questions.still_failing(self.pairs)),
            without_result=tuple(pair.case for pair in self.pairs if pair.trouble),
            again=again,
        )

    def _flipped(self) -> Iterator[str]:
        """Rules broken on single cases, where an answer may have been bad luck."""
        yield from questions.newly_failing(self.pairs)
        if not self.compared:
            yield from broken_at_first(self.pairs, self.rules.min_pass_rate)

    def _failed(self) -> Iterator[str]:
        """What else speaks against the candidate."""
        for judge in self.gating:
            yield from judge.sentences(GateOutcome.FAIL)
        yield from rates_too_low(self.pairs)
        yield from ratios.too_slow(self.latency, self.rules)
        yield from budgets.slow_tail(self.tail, self.rules)
        yield from ratios.too_dear(self.cost, self.rules)
        yield from budgets.over_cost(self.mean_cost, self.rules)

    def _doubtful(self) -> Iterator[str]:
        """What stays open however often the same cases are asked."""
        yield from questions.too_few_cases(self.pairs, self.gating, self.rules)
        yield from questions.never_right(self.pairs)
        yield from questions.could_have_failed(self.pairs)
        for judge in self.gating:
            open_ = (f for f in judge.findings if f.outcome is GateOutcome.INCONCLUSIVE)
            yield from (finding.sentence for finding in open_ if not finding.curable)
        yield from rates_in_doubt(self.pairs, self.bar)
        yield from budgets.not_measured(self.tail, self.mean_cost, self.rules)

    def _undecided(self) -> Iterator[str]:
        """What more answers to the same cases may settle."""
        for judge in self.gating:
            yield from (finding.sentence for finding in judge.findings if finding.curable)

    def _notes(self, outcome: GateOutcome) -> Iterator[str]:
        """What else there is to know, without deciding anything."""
        for judge in self.judges:
            yield from judge.told(outcome)
        yield from questions.worth_knowing(self.pairs)
        if self.compared:
            yield from ratios.not_compared(self.latency, self.cost, self.rules)
            yield from self._anchor_notes()

    def _anchor_notes(self) -> Iterator[str]:
        if self.rules.anchor_margin is None or not self.gating:
            return
        if self.anchor is None:
            yield (
                "No earlier version of this line has scores on these cases from these judges, so "
                "small steps down over several versions were not looked for."
            )
        elif lacking := [judge.rule.name for judge in self.gating if judge.anchor is None]:
            yield (
                f"The best earlier version has too few scores of {', '.join(lacking)} to be "
                "compared with."
            )

    def _metrics(self) -> dict[str, Metric]:
        done = [pair for pair in self.pairs if not pair.trouble]
        before = sum(pair.passed_before for pair in done)
        now = sum(pair.candidate.passed for pair in done)
        metrics = {name: m for judge in self.judges for name, m in judge.metrics.items()}
        metrics["pass_rate"] = Metric(
            n=len(done),
            mean=_share(now, len(done)),
            baseline_mean=_share(before, len(done)) if self.compared else None,
        )
        return (
            metrics
            | self.latency.metrics("latency_ratio", "latency_ms", self.rules.max_latency_ratio)
            | self.tail.metrics(self.rules)
            | self.cost.metrics("cost_ratio", "cost", self.rules.max_cost_ratio)
            | budgets.cost_metric(self.pairs, self.cost, self.mean_cost, self.rules)
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
