"""All models of this app; each stands in the sub-package of its noun."""

from evaluation.offline.models import (
    Case,
    CaseResult,
    Dataset,
    Run,
    RunShard,
    Snapshot,
    Suite,
    TryOut,
    TryOutAnswer,
    Upload,
)

__all__ = [
    "Case",
    "CaseResult",
    "Dataset",
    "Run",
    "RunShard",
    "Snapshot",
    "Suite",
    "TryOut",
    "TryOutAnswer",
    "Upload",
]
