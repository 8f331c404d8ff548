"""The two state machines: clearance (may it ship) and rollout (where is it).

One table each. Buttons ask it, `registry/release/transition.py` writes by it, and the
database's guards are generated from it.
"""

from collections.abc import Mapping
from enum import StrEnum


class Clearance(StrEnum):
    """May this version ship?"""

    DRAFT = "draft"
    EVALUATING = "evaluating"
    UNDECIDED = "undecided"
    IN_REVIEW = "in_review"
    CLEARED = "cleared"
    FAILED = "failed"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"
    WITHDRAWN = "withdrawn"


class RolloutState(StrEnum):
    """Where is this attempt to ship a version?"""

    SOAKING = "soaking"
    CANARY = "canary"
    COMPLETE = "complete"
    ROLLED_BACK = "rolled_back"


_C = Clearance
CLEARANCE_EDGES: Mapping[Clearance, frozenset[Clearance]] = {
    _C.DRAFT: frozenset({_C.EVALUATING, _C.WITHDRAWN}),
    _C.EVALUATING: frozenset({_C.CLEARED, _C.IN_REVIEW, _C.UNDECIDED, _C.FAILED, _C.WITHDRAWN}),
    _C.UNDECIDED: frozenset({_C.CLEARED, _C.IN_REVIEW, _C.EVALUATING, _C.WITHDRAWN}),
    _C.IN_REVIEW: frozenset(
        {_C.CLEARED, _C.REJECTED, _C.CHANGES_REQUESTED, _C.EVALUATING, _C.WITHDRAWN}
    ),
    _C.CLEARED: frozenset({_C.EVALUATING, _C.IN_REVIEW, _C.WITHDRAWN}),
    _C.FAILED: frozenset({_C.EVALUATING, _C.WITHDRAWN}),
    _C.REJECTED: frozenset(),
    _C.CHANGES_REQUESTED: frozenset(),
    _C.WITHDRAWN: frozenset(),
}

_R = RolloutState
ROLLOUT_EDGES: Mapping[RolloutState, frozenset[RolloutState]] = {
    _R.SOAKING: frozenset({_R.CANARY, _R.COMPLETE, _R.ROLLED_BACK}),
    _R.CANARY: frozenset({_R.COMPLETE, _R.ROLLED_BACK}),
    _R.COMPLETE: frozenset({_R.ROLLED_BACK}),
    _R.ROLLED_BACK: frozenset(),
}

UNDER_WAY = frozenset({RolloutState.SOAKING, RolloutState.CANARY})
FINAL = frozenset(state for state, targets in CLEARANCE_EDGES.items() if not targets)
# Where an approval may still come, so that a comment can block it.
BEFORE_APPROVAL = frozenset(Clearance) - FINAL - {Clearance.CLEARED}
# Where the next submit picks the road, so that a confirmed meaning can still lower it.
BEFORE_ITS_ROAD = frozenset({Clearance.DRAFT, Clearance.FAILED, Clearance.UNDECIDED})

NEXT_ACTOR: Mapping[Clearance, str] = {
    _C.DRAFT: "Nothing serves it yet. The author submits it for evaluation.",
    _C.EVALUATING: "Its golden cases are being run; the verdict comes by itself.",
    _C.UNDECIDED: "A reviewer who did not write it accepts it, or an admin waives the evaluation.",
    _C.IN_REVIEW: "A reviewer who did not write it approves, asks for changes or rejects.",
    _C.CLEARED: "It may go out. A releaser starts the rollout.",
    _C.FAILED: "The author saves a new version that fixes what failed.",
    _C.REJECTED: "Nobody: this version was rejected.",
    _C.CHANGES_REQUESTED: "The author saves a new version with the changes.",
    _C.WITHDRAWN: "Nobody: this version was withdrawn.",
}


def can_clear(old: Clearance, new: Clearance) -> bool:
    """Is `old -> new` a legal change of clearance?"""
    return new in CLEARANCE_EDGES[old]


def can_roll(old: RolloutState, new: RolloutState) -> bool:
    """Is `old -> new` a legal change of rollout?"""
    return new in ROLLOUT_EDGES[old]
