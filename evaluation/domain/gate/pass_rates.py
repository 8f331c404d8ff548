"""How often each rule holds, where an absolute bar is asked for.

The bar is the check's own `min_pass_rate`, else the policy's where nothing is in
production to compare with. A missing result counts as right when the question is "surely
too low?", and as wrong when it is "surely enough?": what lies between stays in doubt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evaluation.domain.checks import Outcome, Result
from evaluation.domain.gate.compare import Pair
from evaluation.domain.gate.words import CURE, cases, listed, percent


@dataclass
class _Count:
    """One rule over all cases."""

    rule: Result
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missing: int = 0

    @property
    def total(self) -> int:
        return self.right + len(self.wrong) + self.missing


def rates_too_low(pairs: Sequence[Pair]) -> Iterator[str]:
    """Yield a sentence for each rule below its own pass rate whatever is missing."""
    return _too_low(_counts(pairs, None))


def broken_at_first(pairs: Sequence[Pair], bar: float) -> Iterator[str]:
    """Yield a sentence for each rule without a rate of its own that is below the policy's bar."""
    counts = _counts(pairs, bar)
    return _too_low([(c, needed) for c, needed in counts if c.rule.min_pass_rate is None])


def _too_low(counts: Sequence[tuple[_Count, float]]) -> Iterator[str]:
    for count, needed in counts:
        right = count.total - len(count.wrong)
        if right / count.total < needed:
            yield (
                f"{count.rule.label}: right in {right:,} of {cases(count.total)} "
                f"({percent(right / count.total)}), {percent(needed)} is required. "
                f"Wrong: {listed(count.wrong)}."
            )


def rates_in_doubt(pairs: Sequence[Pair], bar: float | None) -> Iterator[str]:
    """Yield a sentence for each rule that reaches its bar only if what is missing were right."""
    for count, needed in _counts(pairs, bar):
        if count.missing and count.right / count.total < needed:
            yield (
                f"{count.rule.label}: {cases(count.missing)} of {count.total:,} gave no result; "
                f"had they been wrong, the {percent(needed)} required would not be reached. "
                f"{CURE}"
            )


def _counts(pairs: Sequence[Pair], bar: float | None) -> list[tuple[_Count, float]]:
    counts: dict[str, _Count] = {}
    for pair in pairs:
        for check, result in pair.candidate.blockers.items():
            count = counts.setdefault(check, _Count(result))
            if result.outcome is Outcome.PASS:
                count.right += 1
            elif result.outcome is Outcome.FAIL:
                count.wrong.append(pair.case)
            else:
                count.missing += 1
    unanswered = sum(bool(pair.candidate.error) for pair in pairs)
    for count in counts.values():
        count.missing += unanswered
    needs = ((count, count.rule.min_pass_rate or bar) for count in counts.values())
    return [(count, needed) for count, needed in needs if needed is not None]
