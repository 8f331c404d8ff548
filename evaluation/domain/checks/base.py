"""What every check shares: the output it looks at, its outcome, its errors, its fields.

A check is a deterministic test of one output. It passes or fails; it *errors* when it
could not look (an unreadable schema, an unknown price), and an error never passes,
negated or not. It is *skipped* on cases whose tags it does not name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The four answers of a check."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    SKIPPED = "skipped"


class Severity(StrEnum):
    """A blocker can stop a version; a warning is only shown."""

    BLOCKER = "blocker"
    WARNING = "warning"


class CheckError(Exception):
    """A check cannot be read: `field` is the form field to mark, `message` says the cure."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class CannotCheckError(Exception):
    """The output could not be looked at, so the outcome is an error. Says why in a sentence."""


@dataclass(frozen=True)
class Output:
    """One answer of a model. Time in milliseconds, cost in US dollars, None where unknown."""

    text: str
    finish_reason: str | None = None
    latency_ms: float | None = None
    cost: float | None = None
    usage: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Finding:
    """What a test saw: whether the statement holds, and the fact as a sentence."""

    holds: bool
    fact: str


Test = Callable[[Output], Finding]


@dataclass(frozen=True)
class Check:
    """A check that has been read and found sound.

    `key` names it across runs (equal checks have equal keys), `label` says it in words,
    `min_pass_rate` is the author's own share of cases that must pass (None: the policy's),
    `builtin` marks a check that every run makes without being asked.
    """

    key: str
    type: str
    label: str
    test: Test = field(repr=False, compare=False)
    negate: bool = False
    severity: Severity = Severity.BLOCKER
    min_pass_rate: float | None = None
    tags: tuple[str, ...] = ()
    builtin: bool = False


@dataclass(frozen=True)
class Result:
    """The outcome of one check on one output, with its reason as a sentence."""

    check: str
    label: str
    outcome: Outcome
    reason: str
    severity: Severity = Severity.BLOCKER
    min_pass_rate: float | None = None
    builtin: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the plain values to store; `from_dict` reads them back."""
        return {
            "check": self.check,
            "label": self.label,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "severity": self.severity.value,
            "min_pass_rate": self.min_pass_rate,
            "builtin": self.builtin,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Result":
        """Read what `as_dict` stored. Raises KeyError or ValueError for anything else."""
        return cls(
            check=data["check"],
            label=data["label"],
            outcome=Outcome(data["outcome"]),
            reason=data["reason"],
            severity=Severity(data["severity"]),
            min_pass_rate=data["min_pass_rate"],
            builtin=data["builtin"],
        )


@dataclass(frozen=True)
class Kind:
    """A type of check: its name for people, its own fields, and how to build its test.

    `build` gets the raw dict and returns (label, test); it raises CheckError for a field
    that is missing or makes no sense.
    """

    title: str
    fields: tuple[str, ...]
    build: Callable[[Mapping[str, Any]], tuple[str, Test]]


def short(text: str, limit: int = 60) -> str:
    """Return `text` on one line in quotation marks, cut to `limit` characters."""
    line = " ".join(text.split()) or text
    return f"“{line}”" if len(line) <= limit else f"“{line[: limit - 1]}…”"
