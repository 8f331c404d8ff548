"""Judges without a database: the rubric, the fenced question, the strict answer, agreement."""

from evaluation.domain.judge.agreement import Agreement, agreement
from evaluation.domain.judge.contract import BrokenAnswer, Score, read_score, response_format
from evaluation.domain.judge.fence import Material, build, read_fenced
from evaluation.domain.judge.rubric import BUILT_IN, Rubric, instructions
from evaluation.domain.judge.scale import value_of

__all__ = [
    "BUILT_IN",
    "Agreement",
    "BrokenAnswer",
    "Material",
    "Rubric",
    "Score",
    "agreement",
    "build",
    "instructions",
    "read_fenced",
    "read_score",
    "response_format",
    "value_of",
]
