"""Guardrails: how much worse a metric may get, as data, with the defaults measured for them.

The numbers are those of the simulations that the benchmark `rollout_simulation` repeats.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

QUALITY = "score:"  # prefix of the metrics that are scores


class Kind(StrEnum):
    """How a metric is tested."""

    MEAN = "mean"
    RATE = "rate"


class Unit(StrEnum):
    """How a figure is shown to people; the tests do not look at it."""

    SCORE = "score"
    SHARE = "share"
    LOG_MS = "log_ms"
    TOKENS = "tokens"
    DOLLARS = "dollars"


@dataclass(frozen=True)
class Guardrail:
    """One metric that must not get worse.

    `worse` is +1 if higher is worse, -1 if lower is. Harm up to the tolerance is no harm; harm
    beyond the margin is never passed. Of a mean, the tolerance is `tolerance` plus
    `tolerance_share` of control's mean, the margin likewise; `tau` (the scale of what harm is
    expected) and `floor` (the least standard deviation) are in the metric's unit, or in control's
    mean where `in_means`. Of a rate, the tolerance is both a difference (`tolerance`) and a ratio
    (`ratio`), and `tau` is the scale of how much smaller than the margin harm may be; its values
    are 0 or 1, 1 the bad one. `weight` is its part of alpha. `required`: no advance without a
    PASS on it.
    """

    metric: str
    kind: Kind
    unit: Unit
    worse: int
    weight: float
    tolerance: float
    margin: float
    tolerance_share: float = 0.0
    margin_share: float = 0.0
    ratio: float = 1.0
    tau: float = 0.05
    floor: float = 0.0
    in_means: bool = False
    required: bool = True

    @property
    def name(self) -> str:
        """What people call it: a score by its own name."""
        return self.metric.removeprefix(QUALITY)

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {**asdict(self), "kind": self.kind.value, "unit": self.unit.value}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read the JSON form; what a later release added is left out."""
        known = {k: v for k, v in document.items() if k in cls.__dataclass_fields__}
        kind, unit = Kind(known.pop("kind")), Unit(known.pop("unit"))
        return cls(**known, kind=kind, unit=unit)


ERROR = Guardrail(
    "error", Kind.RATE, Unit.SHARE, +1, weight=3, tolerance=0.005, ratio=1.1, margin=0.01, tau=0.01
)
SLOW = Guardrail(
    "slow",
    Kind.RATE,
    Unit.SHARE,
    +1,
    weight=1.3,
    tolerance=0.005,
    ratio=1.2,
    margin=0.03,
    tau=0.02,
    required=False,
)
LATENCY = Guardrail(
    "latency",
    Kind.MEAN,
    Unit.LOG_MS,
    +1,
    weight=1.3,
    tolerance=math.log(1.05),
    margin=math.log(1.2),
    tau=0.2,
    floor=0.1,
)


def cost(metric: str = "tokens", *, required: bool = True) -> Guardrail:
    """Return the guardrail of what calls cost: `tokens`, or `cost` in dollars."""
    return Guardrail(
        metric,
        Kind.MEAN,
        Unit.TOKENS if metric == "tokens" else Unit.DOLLARS,
        +1,
        weight=1.4,
        tolerance=0,
        tolerance_share=0.10,
        margin=0,
        margin_share=0.25,
        tau=0.2,
        floor=0.05,
        in_means=True,
        required=required,
    )


def quality(name: str, *, weight: float = 3, required: bool = True) -> Guardrail:
    """Return the guardrail of a score, 0 to 1 and lower is worse."""
    return Guardrail(
        QUALITY + name,
        Kind.MEAN,
        Unit.SCORE,
        -1,
        weight=weight,
        tolerance=0.01,
        margin=0.03,
        tau=0.05,
        floor=0.05,
        required=required,
    )
