"""What the figures say, in sentences for people who never learned statistics."""

import math
from collections.abc import Sequence
from datetime import timedelta

from evaluation.domain.watch.estimate import Estimate
from evaluation.domain.watch.guardrails import Guardrail, Unit

SUBJECTS = {
    "error": "Errors",
    "slow": "Slow answers",
    "latency": "The time of an answer",
    "tokens": "Tokens a call",
    "cost": "The cost of a call",
}
NAMES = {"error": "errors", "slow": "slow answers", "tokens": "tokens", "cost": "cost"}


def subject(guardrail: Guardrail) -> str:
    """Return the metric as the beginning of a sentence."""
    name = guardrail.name
    return SUBJECTS.get(guardrail.metric, name[:1].upper() + name[1:])


def called(guardrail: Guardrail) -> str:
    """Return the metric within a sentence."""
    return NAMES.get(guardrail.metric, guardrail.name)


def change(guardrail: Guardrail, found: Estimate) -> str:
    """Return “Errors rose from 1.1 % to 3.4 %”, as much as is known."""
    before, after = told_apart(guardrail.unit, found.control, found.treatment)
    if before == after:
        return f"{subject(guardrail)} stayed at {after}"
    verb = "rose" if found.treatment > found.control else "fell"
    return f"{subject(guardrail)} {verb} from {before} to {after}"


def allowed(guardrail: Guardrail) -> str:
    """Return how much worse it may be: “0.01”, “5 %”, “0.5 points”."""
    if guardrail.unit is Unit.LOG_MS:
        return f"{percent(math.expm1(guardrail.tolerance))} more"
    if guardrail.unit is Unit.SHARE:
        return f"{_plain(guardrail.tolerance * 100)} points more"
    if guardrail.tolerance_share:
        return f"{percent(guardrail.tolerance_share)} more"
    return f"{_plain(guardrail.tolerance)} {'more' if guardrail.worse > 0 else 'less'}"


def told_apart(unit: Unit, one: float, other: float) -> tuple[str, str]:
    """Return both figures, with more digits if they would read the same."""
    usual = value(unit, one), value(unit, other)
    for more in range(4):
        shown = value(unit, one, more), value(unit, other, more)
        if shown[0] != shown[1]:
            return shown
    return usual


def value(unit: Unit, figure: float, more: int = 0) -> str:
    """Return a figure as people read it, with `more` digits than usual."""
    if unit is Unit.SCORE:
        return f"{figure:.{2 + more}f}".replace("-", "−")
    if unit is Unit.SHARE:
        return percent(figure, 1 + more)
    if unit is Unit.LOG_MS:
        return duration(math.exp(min(figure, 50.0)), more)
    if unit is Unit.TOKENS:
        return f"{figure:,.{more}f}"
    return dollars(figure, more)


def percent(share: float, digits: int = 1) -> str:
    """Return a share of 1 in per cent: 0.034 → “3.4 %”."""
    text = f"{share * 100:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def duration(ms: float, more: int = 0) -> str:
    """Return milliseconds as “840 ms” or “1.62 s”."""
    return f"{ms:,.{more}f} ms" if ms < 1000 else f"{ms / 1000:,.{2 + more}f} s"


def dollars(amount: float, more: int = 0) -> str:
    """Return dollars with three digits that tell: “$0.00412”."""
    if not amount:
        return "$0"
    digits = max(2, 2 - math.floor(math.log10(abs(amount))))
    return f"${amount:,.{digits + more}f}"


def lasting(time: timedelta) -> str:
    """Return a stretch of time: “22 minutes”, “3 hours”."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minute" + ("" if minutes == 1 else "s")
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def about(number: int) -> str:
    """Return a number as exact as it is known: two digits that tell."""
    if number < 100:
        return f"{number}"
    step = 10 ** (len(str(number)) - 2)
    return f"{math.ceil(number / step) * step:,}"


def calls(number: int) -> str:
    """Return “1 call”, “420 calls”."""
    return f"{number:,} call" + ("" if number == 1 else "s")


def listed(names: Sequence[str]) -> str:
    """Return “a”, “a and b”, “a, b and c”."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _plain(figure: float) -> str:
    return f"{figure:.4g}"
