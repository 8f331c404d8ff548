"""From the score a judge gives (1 to 5) to the value that is compared."""

FIFTHS, UNIT = "fifths", "unit"
LOWEST, HIGHEST = 1, 5


def value_of(score: int, scale: str) -> float:
    """Return `score` / 5 (0.2 to 1) on the scale of fifths, (`score` - 1) / 4 on the unit scale.

    Raises ValueError for a score outside 1 to 5 or an unknown scale: nothing is clamped.
    """
    if not LOWEST <= score <= HIGHEST:
        raise ValueError(f"A score is a whole number from 1 to 5, not {score}.")
    if scale == FIFTHS:
        return score / HIGHEST
    if scale == UNIT:
        return (score - LOWEST) / (HIGHEST - LOWEST)
    raise ValueError(f"There is no scale {scale!r}; use {FIFTHS} or {UNIT}.")


def ends_of(scale: str) -> tuple[float, float]:
    """Return the least and the greatest value of `scale`. Raises ValueError for an unknown one."""
    return value_of(LOWEST, scale), value_of(HIGHEST, scale)
