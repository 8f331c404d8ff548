"""The cases of a run sorted by what changed between the two versions, the worst first."""

from collections.abc import Iterable

from evaluation.domain.gate.compare import Pair

GROUPS = {
    "now_failing": "Now failing",
    "no_result": "Without a result",
    "now_passing": "Now passing",
    "still_failing": "Still failing",
    "same": "Same",
}


def group_of(pair: Pair) -> str:
    """Return the key of the group that a case belongs to."""
    if pair.trouble:
        return "no_result"
    if pair.newly_failing or (pair.baseline is None and not pair.candidate.passed):
        return "now_failing"
    if pair.newly_passing:
        return "now_passing"
    return "same" if pair.candidate.passed else "still_failing"


def grouped(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Return the ids of the cases by group, in their order; groups without a case are left out."""
    members: dict[str, list[str]] = {key: [] for key in GROUPS}
    for pair in pairs:
        members[group_of(pair)].append(pair.case)
    return {key: ids for key, ids in members.items() if ids}
