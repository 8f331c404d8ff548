"""Before release: golden datasets, suites, judges, runs and what each case gave."""

from evaluation.offline.models_connections import ConnectionTest, Spend
from evaluation.offline.models_golden import Case, CaseEdit, Dataset, Snapshot, Upload
from evaluation.offline.models_judges import Judge, JudgeMark, Judgement, JudgeVersion, Replay
from evaluation.offline.models_runs import Candidate, CaseResult, Run, RunShard
from evaluation.offline.models_suites import Suite, SuiteDefaults
from evaluation.offline.models_tryouts import TryOut, TryOutAnswer

__all__ = [
    "Candidate",
    "Case",
    "CaseEdit",
    "CaseResult",
    "ConnectionTest",
    "Dataset",
    "Judge",
    "JudgeMark",
    "JudgeVersion",
    "Judgement",
    "Replay",
    "Run",
    "RunShard",
    "Snapshot",
    "Spend",
    "Suite",
    "SuiteDefaults",
    "TryOut",
    "TryOutAnswer",
    "Upload",
]
