"""The gate between a version and production. `decide` is pure: evidence in, verdict out."""

from evaluation.domain.gate.decide import decide
from evaluation.domain.gate.evidence import (
    CaseOutcome,
    Flip,
    GateDecision,
    GateOutcome,
    GateRules,
    Metric,
)

__all__ = ["CaseOutcome", "Flip", "GateDecision", "GateOutcome", "GateRules", "Metric", "decide"]
