"""How far two sets of scores from 1 to 5 agree: a judge and people, or two people."""

from collections.abc import Sequence
from dataclasses import dataclass

MEASURED = 50  # marked answers from which on a figure says something
WEAK = 0.4  # kappa below which a judge is called weak
GOOD = 0.6  # kappa from which on it agrees well: the aim


@dataclass(frozen=True)
class Agreement:
    """Of `n` pairs (people's score, the other one's): shares from 0 to 1, kappa, bias.

    `kappa` is Cohen's kappa with quadratic weights: 1 is full agreement, 0 no better than
    chance; None when all scores are the same, because then nothing can be told from chance.
    `bias` is by how many points the other one scores higher than people. None without pairs.
    """

    n: int
    exact: float | None = None
    within_one: float | None = None
    kappa: float | None = None
    bias: float | None = None


def agreement(pairs: Sequence[tuple[int, int]]) -> Agreement:
    """Return how far the two scores of each pair agree."""
    n = len(pairs)
    if not n:
        return Agreement(0)
    apart = [abs(people - other) for people, other in pairs]
    return Agreement(
        n=n,
        exact=sum(gap == 0 for gap in apart) / n,
        within_one=sum(gap <= 1 for gap in apart) / n,
        kappa=quadratic_kappa(pairs),
        bias=sum(other - people for people, other in pairs) / n,
    )


def quadratic_kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Return Cohen's kappa with quadratic weights, None where it is not defined.

    One minus the mean squared gap of the pairs over the mean squared gap of all first scores
    with all second ones, which is what chance alone would give.
    """
    n = len(pairs)
    if not n:
        return None
    seen = sum((a - b) ** 2 for a, b in pairs) / n
    firsts, seconds = [a for a, _ in pairs], [b for _, b in pairs]
    # The mean of (a - b)² over all n² combinations, without forming them.
    by_chance = (
        sum(a * a for a in firsts) / n
        + sum(b * b for b in seconds) / n
        - 2 * (sum(firsts) / n) * (sum(seconds) / n)
    )
    return 1 - seen / by_chance if by_chance > 1e-12 else None
