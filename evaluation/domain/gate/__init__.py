"""The gate between a version and production. `decide` is pure: evidence in, verdict out."""

from evaluation.domain.gate.decide import decide
from evaluation.domain.gate.evidence import (
    METRIC_NAMES,
    CaseOutcome,
    Flip,
    GateDecision,
    GateOutcome,
    GateRules,
    JudgeRule,
    Metric,
)
from evaluation.domain.gate.fold import fold

__all__ = [
    "METRIC_NAMES",
    "CaseOutcome",
    "Flip",
    "GateDecision",
    "GateOutcome",
    "GateRules",
    "JudgeRule",
    "Metric",
    "decide",
    "fold",
]
