"""What one metric's figures amount to, whatever its test."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """One metric over some stretch, segments weighed by what they can tell.

    `harm` is how much worse the treatment is (positive: worse), `tolerance` and `margin` are on
    the same scale; `low` and `high` bound it at all times. `evidence` is the logarithm of the
    e-value against it, `assurance` of the one for it; `error` the standard error of `harm`, `room`
    how far it is below the margin, as the test for a PASS reckons it.
    """

    n_control: int
    n_treatment: int
    control: float
    treatment: float
    harm: float
    error: float
    tolerance: float
    margin: float
    tau: float
    evidence: float
    assurance: float
    low: float
    high: float
    room: float
