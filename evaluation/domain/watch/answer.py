"""What the watcher says, with all the figures it says it on: stored, and drawn from again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class Says(StrEnum):
    """The answer of one look."""

    FAIL = "fail"
    PASS = "pass"
    UNDECIDED = "undecided"
    HELD = "held"


@dataclass(frozen=True)
class MetricAnswer:
    """One metric over all segments.

    `says` is fail, pass or undecided. Means are in the metric's own unit (`latency`: the natural
    logarithm of milliseconds). `harm` is how much worse the treatment is (positive: worse), with
    an anytime-valid interval from `low` to `high`; None while there is too little. `tolerance` and
    `margin` are on the same scale as `harm`. `evidence` and `needed` are logarithms of the
    e-value against it and of what would be a FAIL; `assurance` and `assurance_needed` likewise for
    a PASS. `calls_left` is about how many more calls of the treatment a PASS takes, if it stays so.
    """

    metric: str
    unit: str
    required: bool
    says: str
    n_control: int
    n_treatment: int
    control: float
    treatment: float
    harm: float | None
    low: float | None
    high: float | None
    tolerance: float
    margin: float
    evidence: float
    needed: float
    assurance: float
    assurance_needed: float
    calls_left: int | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read the JSON form; what a later release added is left out."""
        return cls(**{k: v for k, v in document.items() if k in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Answer:
    """The answer of one look: `reasons` are sentences, the first is the headline.

    `ratio` is the share of calls that the treatment had, `ratio_wanted` what it should have had,
    both of the present segment in per cent; None without calls that tell.
    """

    says: Says
    reasons: tuple[str, ...]
    metrics: tuple[MetricAnswer, ...] = ()
    ratio: float | None = None
    ratio_wanted: float | None = None
    ratio_evidence: float = 0.0
    misassigned: float | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON form: finite numbers only."""
        return {**asdict(self), "says": self.says.value, "reasons": list(self.reasons)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read the JSON form; what a later release added is left out."""
        known = {k: v for k, v in document.items() if k in cls.__dataclass_fields__}
        known["says"] = Says(known["says"])
        known["reasons"] = tuple(known["reasons"])
        known["metrics"] = tuple(MetricAnswer.from_document(m) for m in known.get("metrics", ()))
        return cls(**known)
