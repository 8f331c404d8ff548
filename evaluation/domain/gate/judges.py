"""What a judge says: is the candidate as good as production's version, and good enough at all?

As good means: were the true difference as low as the margin, scores like these would be seen in
a share of `alpha` at most. That is less than "better" and more than "not surely worse", which
would let a drop through wherever cases are few. Compared with the best earlier version of the
line too, many small steps down do not add up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from evaluation.domain.gate import judge_words as say
from evaluation.domain.gate.compare import Pair, pair
from evaluation.domain.gate.comparison import Comparison, as_good
from evaluation.domain.gate.evidence import (
    CaseOutcome,
    GateOutcome,
    GateRules,
    JudgeRule,
    Metric,
)
from evaluation.domain.gate.paired import Estimate, estimate, spread
from evaluation.domain.gate.scores import TINY, Line, by_source, lines_of

FAIL, INCONCLUSIVE, PASS = GateOutcome.FAIL, GateOutcome.INCONCLUSIVE, GateOutcome.PASS


@dataclass(frozen=True)
class Finding:
    """One answer of a judge as a sentence. `curable`: more answers may settle the doubt."""

    outcome: GateOutcome
    sentence: str
    curable: bool = False


class Judged:
    """Everything one judge says about a run."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        rule: JudgeRule,
        rules: GateRules,
        anchor: Sequence[CaseOutcome] | None = None,
        *,
        compared: bool = True,
    ) -> None:
        self.rule = rule
        self._pairs, self._rules, self._anchor_cases = pairs, rules, anchor
        self.lines = lines_of(pairs, rule)
        self.done = [line for line in self.lines if not line.trouble]
        self._compared = compared

    @cached_property
    def n(self) -> int:
        """How many independent sources have a score of every version asked."""
        return len({line.source for line in self.done})

    @property
    def unscored(self) -> dict[str, str]:
        """Why a version has no score, by case."""
        return {line.case: line.trouble for line in self.lines if line.trouble}

    @cached_property
    def production(self) -> Comparison | None:
        """The comparison with production's version; None without one or with too few cases."""
        return self._compare(self.done, self.rule.margin) if self._compared else None

    @cached_property
    def anchor(self) -> Comparison | None:
        """The comparison with the best earlier version, on the cases that it was scored on."""
        margin = self._rules.anchor_margin
        if not self._compared or self._anchor_cases is None or margin is None:
            return None
        ours = [pair.candidate for pair in self._pairs]
        lines = lines_of(pair(ours, self._anchor_cases), self.rule)
        both = [line for line in lines if not line.trouble]
        return self._compare(both, margin, anchor=True)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What speaks against the candidate, or leaves it open; empty where nothing does."""
        decides = self._compared or self.rule.min_mean is not None
        if decides and self.n < self._needed:
            return (Finding(INCONCLUSIVE, self._too_few()),)
        return (*self._against_production(), *self._absolute(), *self._against_anchor())

    @cached_property
    def outcome(self) -> GateOutcome | None:
        """What the judge alone would say; None when nothing was asked of it."""
        if not self._compared and self.rule.min_mean is None:
            return None
        said = {finding.outcome for finding in self.findings}
        return FAIL if FAIL in said else INCONCLUSIVE if said else PASS

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """The figures by name: the judge's own, and those against the best earlier version."""
        found = {self.rule.name: self._metric()}
        if self.anchor:
            found[f"{self.rule.name}:anchor"] = self.anchor.metric()
        return found

    def sentences(self, outcome: GateOutcome) -> list[str]:
        """Return the findings with that outcome."""
        return [finding.sentence for finding in self.findings if finding.outcome is outcome]

    def told(self, decided: GateOutcome) -> list[str]:
        """Return what else the judge found, where another outcome was decided."""
        others = [f.sentence for f in self.findings if f.outcome is not decided]
        if self.rule.gating and self.findings:
            return others
        return [say.told(self.rule, self.metrics[self.rule.name])]

    @property
    def _needed(self) -> int:
        return max(self._rules.min_cases, 2 if self._compared else 1)

    def _too_few(self) -> str:
        counted = say.Counted(
            total=len(self._pairs), applies=len(self.lines), done=len(self.done), sources=self.n
        )
        return say.too_few(self.rule, counted, self._needed)

    def _metric(self) -> Metric:
        values = by_source(self.done, _ours)
        theirs = by_source(self.done, _theirs) if self._compared else []
        found = Estimate(0)
        if theirs:
            found = estimate(by_source(self.done, _difference), self._rules.alpha)
        return Metric(
            n=self.n,
            mean=_mean(values),
            variance=spread(values)[1] ** 2 if self.n > 1 else None,
            baseline_mean=_mean(theirs),
            difference=found.mean,
            lower=found.lower,
            upper=found.upper,
            sd=found.sd,
            margin=self.rule.margin if self._compared else None,
            limit=self.rule.min_mean,
            outcome=self.outcome.value if self.outcome else "",
        )

    def _compare(
        self, lines: Sequence[Line], margin: float, *, anchor: bool = False
    ) -> Comparison | None:
        differences = by_source(lines, _difference)
        if len(differences) < self._needed:
            return None
        found = estimate(differences, self._rules.alpha)
        ours, theirs = _mean(by_source(lines, _ours)), _mean(by_source(lines, _theirs))
        assert ours is not None
        assert theirs is not None
        outcome = as_good(found, margin, self._rules.look, anchor=anchor)
        return Comparison(found, ours, theirs, margin, outcome)

    def _against_production(self) -> Iterator[Finding]:
        found = self.production
        if found is None:
            return
        if found.outcome is FAIL:
            yield Finding(FAIL, say.fell(self.rule, found))
        elif found.outcome is INCONCLUSIVE:
            yield Finding(INCONCLUSIVE, say.cannot_tell(self.rule, found), curable=True)
        elif not self._survives_the_worst():
            missing = [line.case for line in self.lines if line.gap]
            yield Finding(INCONCLUSIVE, say.missing_could_hide(self.rule, missing))

    def _survives_the_worst(self) -> bool:
        """Would the pass hold had every missing score been the worst for the candidate?"""

        def least(line: Line) -> float:
            theirs = line.theirs.filled(self.rule.best) if line.theirs else 0.0
            return line.ours.filled(self.rule.worst) - theirs

        lower = estimate(by_source(self.lines, least), self._rules.alpha).lower
        return lower is not None and lower - TINY > -self.rule.margin

    def _absolute(self) -> Iterator[Finding]:
        """Hold the mean to its own bar: to fail, missing scores are the best, to pass the worst."""
        bar = self.rule.min_mean
        if bar is None:
            return
        best = _mean(by_source(self.lines, lambda line: line.ours.filled(self.rule.best)))
        worst = _mean(by_source(self.lines, lambda line: line.ours.filled(self.rule.worst)))
        if best is not None and best + TINY < bar:
            yield Finding(FAIL, say.too_low(self.rule, best, bar, self.n))
        elif worst is not None and worst + TINY < bar:
            missing = [line.case for line in self.lines if line.ours.gap]
            yield Finding(INCONCLUSIVE, say.maybe_too_low(self.rule, bar, missing))

    def _against_anchor(self) -> Iterator[Finding]:
        found = self.anchor
        if found is None or found.outcome is PASS:
            return
        sentence = say.below_the_best(self.rule, found)
        yield Finding(found.outcome, sentence, curable=found.outcome is INCONCLUSIVE)


def _ours(line: Line) -> float:
    return line.ours.known


def _theirs(line: Line) -> float:
    return line.theirs.known if line.theirs else 0.0


def _difference(line: Line) -> float:
    return _ours(line) - _theirs(line)


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None
