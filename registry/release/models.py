"""By whose decision, and what is served: clearance, sign-offs, rollouts, labels.

Split by question: `clearance` (may it ship), `rollout` (where is it), `serving`
(what applications get).
"""

from registry.release.models_clearance import (
    Approval,
    Comment,
    Contributor,
    EvaluationStandard,
    MeaningConfirmation,
    Release,
    Verdict,
    Waiver,
)
from registry.release.models_rollout import PlannedStart, Rollout, Segment, Tick
from registry.release.models_serving import Change, Generation, Label, LabelEvent, Wire

__all__ = [
    "Approval",
    "Change",
    "Comment",
    "Contributor",
    "EvaluationStandard",
    "Generation",
    "Label",
    "LabelEvent",
    "MeaningConfirmation",
    "PlannedStart",
    "Release",
    "Rollout",
    "Segment",
    "Tick",
    "Verdict",
    "Waiver",
    "Wire",
]
