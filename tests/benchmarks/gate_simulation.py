"""How often the gate is right: `python -m tests.benchmarks.gate_simulation [replicates]`.

Draws answers to golden cases, asks the gate itself (`decide`), and prints how often it says
pass, fail and inconclusive; asserts nothing. Seeded: the same figures on every run. In
brackets stand the figures of the study by which the rule was chosen, drawn with other cases.

A judge gives whole scores from 1 to 5, here divided by 5, with mean 0.85. `noise` is the standard
deviation of the difference between two answers to one case: low 0.10, mid 0.154, high 0.21.
"""

import random
import sys
from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum, sqrt
from statistics import NormalDist
from time import perf_counter

from evaluation.domain.checks import Outcome, Result
from evaluation.domain.gate import CaseOutcome, GateDecision, GateRules, JudgeRule, decide, fold

REPLICATES = 400  # four minutes of one core; the figures in decisions are of 1,000
SEED = 4
MEAN = 0.85
NOISE = {"low": 0.10, "mid": 0.154, "high": 0.21}
DELTAS = (0.02, 0.0, -0.02, -0.05)
LEVELS = [NormalDist(0, 0.4).inv_cdf((i + 0.5) / 40) for i in range(40)]  # how hard cases are
ONE_LOOK = {  # study: (noise, cases) → pass % per delta at margins 0.02, 0.03, 0.05
    ("low", 50): ("85 38 5 0", "96 64 17 0", "100 95 63 6"),
    ("low", 200): ("100 86 6 0", "100 99 39 0", "100 100 99 5"),
    ("mid", 50): ("58 23 5 0", "74 39 12 1", "94 73 38 5"),
    ("mid", 200): ("98 57 5 0", "100 86 22 0", "100 100 85 5"),
    ("high", 50): ("38 17 5 1", "51 26 9 1", "76 51 26 5"),
    ("high", 200): ("86 39 5 0", "96 64 17 0", "100 95 63 5"),
}
TWO_LOOKS = {  # study: pass/fail/inconclusive (share that needs the second look)
    ("mid", 0.03, 50): "97/0/3(34) 65/5/30(67) 16/37/47(76) 0/96/4(38)",
    ("mid", 0.03, 200): "100/0/0(0) 97/3/0(16) 31/69/0(37) 0/100/0(0)",
    ("mid", 0.05, 50): "100/0/0(9) 94/4/1(33) 60/33/8(55) 5/94/2(34)",
    ("low", 0.03, 50): "100/0/0(6) 91/5/4(40) 26/60/14(57) 0/100/0(8)",
    ("high", 0.03, 200): "100/0/0(7) 90/5/5(43) 24/60/16(60) 0/100/0(9)",
}


@dataclass(frozen=True)
class Scorer:
    """A version as a judge sees it: for each level of difficulty the chances of scores 1 to 5."""

    chances: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, centre: float, noise: float) -> "Scorer":
        """Rounded normal scores around `centre` plus the level, in points, cut to 1 to 5."""
        return cls(tuple(_chances(NormalDist(centre + level, noise)) for level in LEVELS))

    @property
    def mean(self) -> float:
        """The true mean, as a score of the scale of fifths."""
        return fsum(_moments(row)[0] for row in self.chances) / len(self.chances)

    @property
    def noise(self) -> float:
        """The standard deviation of the difference of two answers to one case."""
        return sqrt(2 * fsum(_moments(row)[1] for row in self.chances) / len(self.chances))

    def draw(self, levels: Sequence[int], chance: random.Random) -> list[float]:
        """Return one score for each case."""
        rows, uniform = self.chances, chance.random
        return [(bisect(rows[level], uniform()) + 1) / 5 for level in levels]


def main() -> None:
    """Print all tables."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATES
    started = perf_counter()
    print(f"{replicates:,} replicates; in brackets the study's figures\n")
    _one_look(replicates)
    _two_looks(replicates)
    _at_the_margin(replicates)
    _anchor(replicates)
    _chance_flips(replicates)
    _latency(replicates)
    print(f"\n{perf_counter() - started:,.0f} s")


def _one_look(replicates: int) -> None:
    print("Pass % of one look, alpha 0.05; true difference +0.02 / 0 / -0.02 / -0.05")
    print(f"{'noise':>6}{'n':>5}  {'mean as high':16}" + "".join(f"{m:38}" for m in (2, 3, 5)))
    for (noise, n), study in ONE_LOOK.items():
        cells = []
        naive: list[int] = []
        for margin, theirs in zip((0.02, 0.03, 0.05), study, strict=True):
            rules = _rules(margin, alpha=0.05)
            found = [_outcomes(noise, n, delta, rules, replicates) for delta in DELTAS]
            passes = [one.share("pass") for one in found]
            naive = [one.as_high for one in found]
            cells.append(f"{' '.join(map(str, passes)):16} [{theirs}]")
        print(
            f"{noise:>6}{n:>5}  {' '.join(map(str, naive)):16}" + "".join(f"{c:38}" for c in cells)
        )


def _two_looks(replicates: int) -> None:
    print("\nTwo looks, alpha 0.03 each: pass/fail/inconclusive (share with a second look)")
    for (noise, margin, n), study in TWO_LOOKS.items():
        rules = _rules(margin)
        cells = [
            str(_outcomes(noise, n, delta, rules, replicates, repeat=True)) for delta in DELTAS
        ]
        print(f"{noise:>6} {margin} {n:>4}  {' '.join(cells)}\n{'':18}[{study}]")


def _at_the_margin(replicates: int) -> None:
    print("\nWrong passes % of two looks where the true difference is the margin [4 to 5]")
    for noise, margin, n in [*TWO_LOOKS, ("mid", 0.03, 20), ("low", 0.03, 20)]:
        found = _outcomes(noise, n, -margin, _rules(margin), replicates, repeat=True)
        print(f"{noise:>6} {margin} {n:>4}  {found.share('pass')}")


def _anchor(replicates: int) -> None:
    print("\nPass % of a candidate equal to production, which lies below the best earlier version")
    rules = replace(_rules(0.03), anchor_margin=0.05, look=2)
    for below, study in ((-0.02, 99), (-0.04, 37), (-0.05, 5)):
        found = _outcomes("low", 200, below, rules, replicates, anchored=True)
        print(f"  low  200  {below:+.2f}  {found.share('pass')} [{study}]")


def _chance_flips(replicates: int) -> None:
    """Rules alone: both versions break a rule by chance, the same in each; nothing got worse."""
    print("\nHarmless edits blocked %, when each answer breaks a rule by chance; then real ones")
    print("  cases  chance   one look   second look   k=2 from the start")
    for n, chance in ((50, 0.01), (50, 0.05), (200, 0.01), (200, 0.05)):
        cells = [_flips(n, chance, chance, replicates, first=k, second=s) for k, s in _ROADS]
        print(f"{n:>7}{chance:>8}{cells[0]:>11}{cells[1]:>14}{cells[2]:>21}")
    for broken in (0.5, 0.9):
        cells = [_flips(50, 0.0, broken, replicates, first=k, second=s) for k, s in _ROADS]
        print(f"  one case of 50 breaks in {broken:.0%}: {cells}")


def _latency(replicates: int) -> None:
    print("\nBlocked % by latency at 50 cases, times log-normal with sigma 0.39 [1 and 84]")
    chance = random.Random(SEED)
    for factor in (1.0, 1.3):
        blocked = 0
        for _ in range(replicates):
            ours, theirs = (
                [
                    CaseOutcome(str(i), (_rule(),), latency_ms=t * chance.lognormvariate(6, 0.39))
                    for i in range(50)
                ]
                for t in (factor, 1.0)
            )
            blocked += decide(ours, theirs, GateRules()).outcome == "fail"
        print(f"  ×{factor}  {round(100 * blocked / replicates)}")


@dataclass(frozen=True)
class Shares:
    """How a series of verdicts came out, in per cent."""

    said: Counter[str]
    second: int
    higher: int

    def share(self, outcome: str) -> int:
        """Return the share of one outcome."""
        return round(100 * self.said[outcome] / self.said.total())

    @property
    def as_high(self) -> int:
        """Return how often the candidate's mean was at least production's."""
        return round(100 * self.higher / self.said.total())

    def __str__(self) -> str:
        shares = "/".join(str(self.share(one)) for one in ("pass", "fail", "inconclusive"))
        return f"{shares}({round(100 * self.second / self.said.total())})"


def _outcomes(
    noise: str,
    n: int,
    delta: float,
    rules: GateRules,
    replicates: int,
    *,
    repeat: bool = False,
    anchored: bool = False,
) -> Shares:
    """Run the gate on drawn scores; `anchored`: against an anchor, equal to production."""
    chance = random.Random(f"{SEED} {noise} {n} {delta}")
    old, new = _calibrated(noise, 0.0), _calibrated(noise, delta)
    said: Counter[str] = Counter()
    second = higher = 0
    for _ in range(replicates):
        levels = [chance.randrange(len(LEVELS)) for _ in range(n)]
        ours, theirs = [new.draw(levels, chance)], [old.draw(levels, chance)]
        if anchored:
            earlier, theirs = theirs, [new.draw(levels, chance)]
            gate = decide(_arm(ours), _arm(theirs), rules, _arm(earlier))
        else:
            gate = decide(_arm(ours), _arm(theirs), replace(rules, may_repeat=repeat))
        higher += (gate.metrics["judge"].difference or 0.0) >= -1e-9
        if gate.again:
            second += 1
            for _ in range(2):
                ours.append(new.draw(levels, chance))
                theirs.append(old.draw(levels, chance))
            gate = decide(_arm(ours), _arm(theirs), replace(rules, look=2))
        said[gate.outcome.value] += 1
    return Shares(said, second, higher)


def _rules(margin: float, *, alpha: float = 0.03) -> GateRules:
    return GateRules(judges=(JudgeRule("judge", margin=margin),), alpha=alpha, anchor_margin=None)


def _arm(answers: Sequence[Sequence[float]]) -> list[CaseOutcome]:
    """Return the outcomes of one version from its scores, answer by answer."""
    means = [fsum(scores) / len(scores) for scores in zip(*answers, strict=True)]
    return [CaseOutcome(str(i), scores={"judge": mean}) for i, mean in enumerate(means)]


_ROADS = ((1, False), (1, True), (2, True))  # answers at first, and whether there is a second look


def _flips(n: int, before: float, now: float, replicates: int, *, first: int, second: bool) -> int:
    """Return how often, in per cent, a gate of rules alone blocks.

    Rules break with chance `before` in each answer of production's version. The candidate is
    the same, or, where `now` differs, breaks with that chance on the first case.
    """
    chance = random.Random(f"{SEED} {n} {now} {first}")
    blocked = 0
    for _ in range(replicates):
        arms = [[_ask(first, p, chance) for p in ps] for ps in _breaking(n, before, now)]
        gate = _verdict(arms, GateRules(may_repeat=second))
        if gate.again:
            for arm, ps in zip(arms, _breaking(n, before, now), strict=True):
                for case in map(int, gate.again):
                    arm[case] += _ask(3 - first, ps[case], chance)
            gate = _verdict(arms, GateRules(look=2))
        blocked += gate.outcome == "fail"
    return round(100 * blocked / replicates)


def _breaking(n: int, before: float, now: float) -> tuple[list[float], list[float]]:
    return [now, *[before] * (n - 1)], [before] * n


def _ask(times: int, breaks: float, chance: random.Random) -> list[bool]:
    return [chance.random() < breaks for _ in range(times)]


def _verdict(arms: Sequence[Sequence[Sequence[bool]]], rules: GateRules) -> GateDecision:
    folded = [
        [fold([CaseOutcome(str(i), (_RULES[one],)) for one in case]) for i, case in enumerate(arm)]
        for arm in arms
    ]
    return decide(folded[0], folded[1], rules)


def _rule(outcome: Outcome = Outcome.PASS) -> Result:
    return Result("rule", "keeps the rule", outcome, "It was looked at.")


_RULES = {False: _rule(), True: _rule(Outcome.FAIL)}
_known: dict[tuple[str, float], Scorer] = {}


def _calibrated(noise: str, delta: float) -> Scorer:
    """Return the scorer with that noise at mean 0.85, then moved to mean 0.85 + delta."""
    if (noise, delta) in _known:
        return _known[noise, delta]
    low, high = 0.05, 3.0
    for _ in range(30):
        width = (low + high) / 2
        scorer = _centred(MEAN, width)
        low, high = (low, width) if scorer.noise > NOISE[noise] else (width, high)
    _known[noise, delta] = _centred(MEAN + delta, low)
    return _known[noise, delta]


def _centred(mean: float, width: float) -> Scorer:
    low, high = 0.0, 8.0
    for _ in range(30):
        centre = (low + high) / 2
        low, high = (low, centre) if Scorer.of(centre, width).mean > mean else (centre, high)
    return Scorer.of(low, width)


def _chances(scores: NormalDist) -> tuple[float, ...]:
    """Return the cumulative chances of the scores 1 to 4; the rest is a 5."""
    return tuple(scores.cdf(edge) for edge in (1.5, 2.5, 3.5, 4.5))


def _moments(cumulative: Sequence[float]) -> tuple[float, float]:
    """Return mean and variance of a score divided by 5."""
    edges = [0.0, *cumulative, 1.0]
    chances = [after - before for before, after in zip(edges, edges[1:], strict=False)]
    mean = fsum(p * s / 5 for s, p in enumerate(chances, 1))
    return mean, fsum(p * (s / 5 - mean) ** 2 for s, p in enumerate(chances, 1))


if __name__ == "__main__":
    main()
