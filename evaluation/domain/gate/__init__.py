"""The gate between a version and production. `decide` is pure: evidence in, verdict out."""

from evaluation.domain.gate.decide import decide
from evaluation.domain.gate.evidence import (
    CaseOutcome,
    Flip,
    GateDecision,
    GateOutcome,
    GateRules,
    JudgeRule,
    Metric,
)

__all__ = [
    "CaseOutcome",
    "Flip",
    "GateDecision",
    "GateOutcome",
    "GateRules",
    "JudgeRule",
    "Metric",
    "decide",
]
