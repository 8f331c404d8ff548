"""Deterministic checks of one output. Read them with `parse_check`, run with `run_check`."""

from evaluation.domain.checks.base import (
    Check,
    CheckError,
    Kind,
    Outcome,
    Output,
    Result,
    Severity,
)
from evaluation.domain.checks.run import KINDS, parse_check, run_check, run_checks
from evaluation.domain.checks.schema_cost import SchemaError
from evaluation.domain.checks.structure import check_schema

__all__ = [
    "KINDS",
    "Check",
    "CheckError",
    "Kind",
    "Outcome",
    "Output",
    "Result",
    "SchemaError",
    "Severity",
    "check_schema",
    "parse_check",
    "run_check",
    "run_checks",
]
