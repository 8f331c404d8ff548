"""Which cases deserve more answers before there is a verdict.

A sampled answer flips by chance, and scores of few cases cannot tell. Both are settled by
asking again, so the first look does not block by what a second one can clear; what asking
again cannot change is decided at once.
"""

from collections.abc import Sequence

from evaluation.domain.gate.compare import Pair
from evaluation.domain.gate.evidence import GateRules


def cases_to_repeat(
    pairs: Sequence[Pair], rules: GateRules, *, failed: bool, doubtful: bool, undecided: bool
) -> tuple[str, ...]:
    """Return the cases to ask again, in order; none when there is a verdict already.

    `failed`: something beside rules on single cases speaks against the candidate. `doubtful`:
    something is open that more answers cannot settle. `undecided`: a judge cannot tell.
    """
    if rules.look >= 2 or not rules.may_repeat or failed:
        return ()
    if undecided and not doubtful:
        return tuple(pair.case for pair in pairs)
    return tuple(pair.case for pair in pairs if pair.newly_failing or pair.broken_at_first)
