"""Do as many calls of both arms get a score? Answers a judge cannot read get none."""

from collections.abc import Sequence
from typing import NamedTuple

from evaluation.domain.watch.figures import ArmFigures, Stratum, Sums
from evaluation.domain.watch.guardrails import Kind
from evaluation.domain.watch.normal import ln_mean
from evaluation.domain.watch.pairs import Pair, pooled_effect
from evaluation.domain.watch.rates import ln_e_ratio, rates, usable
from evaluation.domain.watch.ratio import SUSPICIOUS

RATIO = 1.1  # differences of a tenth are let go
CHOSEN = 0.2  # so near to equal numbers, the judge was meant to score equal numbers


class Coverage(NamedTuple):
    """Shares of the calls that have a score, and the evidence (logarithm) that they differ."""

    control: float
    treatment: float
    evidence: float

    @property
    def is_off(self) -> bool:
        """Do they differ by a tenth or more, surely?"""
        less, more = sorted((self.control, self.treatment))
        return self.evidence > SUSPICIOUS and less < more / RATIO


def coverage(scores: Sequence[Stratum], calls: Sequence[Stratum]) -> Coverage | None:
    """Return how scores cover the calls of the same segments; None where none can tell.

    The evidence is the mean of four e-values: scored and unscored calls, either arm having more
    of them. Scoring as many calls of control as the treatment has is a choice, not a loss.
    """
    scored: list[Pair] = []
    for score, call in zip(scores, calls, strict=False):
        control = _scored(score.control, call.control)
        treatment = _scored(score.treatment, call.treatment)
        effect = pooled_effect((control, treatment), Kind.RATE)
        if effect is not None and not _is_chosen(score, call):
            scored.append(Pair(control.sums, treatment.sums, effect))
    told = usable(scored)
    if not told:
        return None
    unscored = [Pair(_others(p.control), _others(p.treatment), p.effect) for p in told]
    views = (told, unscored, _swapped(told), _swapped(unscored))
    return Coverage(*rates(told), ln_mean([ln_e_ratio(view, RATIO) for view in views]))


def _is_chosen(score: Stratum, call: Stratum) -> bool:
    mine, theirs = score.treatment.sums.n, score.control.sums.n
    noise = 4 * (mine + theirs) ** 0.5
    equal = abs(mine - theirs) <= max(CHOSEN * mine, noise)
    return equal and call.control.sums.n > 1.5 * call.treatment.sums.n and mine > 0


def _scored(score: ArmFigures, call: ArmFigures) -> ArmFigures:
    """Return the calls as a rate: 1 where there is a score."""
    shards = {
        j: (n, float(min(n, score.shards.get(j, (0, 0.0))[0]))) for j, (n, _) in call.shards.items()
    }
    return ArmFigures(Sums(call.sums.n, min(score.sums.n, call.sums.n)), shards)


def _others(sums: Sums) -> Sums:
    return Sums(sums.n, sums.n - sums.total)


def _swapped(pairs: Sequence[Pair]) -> list[Pair]:
    return [Pair(p.treatment, p.control, p.effect) for p in pairs]
