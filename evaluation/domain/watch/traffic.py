"""What so much traffic can show: before a rollout starts, from the last days' calls.

Rules of thumb fitted to the simulation `rollout_simulation`: a drop is found after about
16 (sd / D)^2 of the treatment's calls, D = drop - tolerance, when control has 95 % of the calls.
"""

import math

FIND = 16
PASS_CALLS = 1600  # of the treatment, until all default guardrails pass: errors decide
LEAST, MOST = 5, 50
TOLERANCE = 0.01  # of a score, as in `guardrails.quality`
HARM, SD = 0.05, 0.21  # a drop worth finding; how much one answer's score varies


def first_percent(calls_per_hour: float, hours: float) -> int:
    """Return the share, 5 to 50 per cent, at which the first step can be decided in its time."""
    calls = calls_per_hour * hours
    if calls <= 0:
        return MOST
    return min(MOST, max(LEAST, round(100 * PASS_CALLS / calls)))


def time_to_find(
    calls_per_hour: float, percent: float, harm: float = HARM, sd: float = SD
) -> float:
    """Return the hours until a drop of `harm` is found, in half of the cases; infinite of none.

    The fewer calls are left to control, the more both arms need: 1 / n_T + 1 / n_C.
    """
    beyond, share = harm - TOLERANCE, percent / 100
    if calls_per_hour <= 0 or beyond <= 0 or not 0 < share < 1:
        return math.inf
    needed = FIND * (sd / beyond) ** 2 * 0.95 / (1 - share)
    return needed / (calls_per_hour * share)


def is_too_thin(calls_per_hour: float, hours: float) -> bool:
    """Could a drop worth finding not be found in the first step's hours, even at 50 per cent?"""
    return time_to_find(calls_per_hour, MOST) > hours


def sentence(calls_per_hour: float, percent: float) -> str:
    """Return what this share finds and when, beside a larger one if that is much sooner."""
    if calls_per_hour <= 0:
        return "No calls came in lately: live traffic cannot show whether this version is worse."
    said = (
        f"At {_number(calls_per_hour)} calls an hour, {percent:g} % finds a quality drop of "
        f"{HARM:g} in about {lasting(time_to_find(calls_per_hour, percent))}"
    )
    other = 30 if percent < 20 else MOST
    soon = time_to_find(calls_per_hour, other)
    if percent < other and time_to_find(calls_per_hour, percent) > 24:
        return f"{said}; {other} % in {lasting(soon)}."
    return f"{said}."


def lasting(hours: float) -> str:
    """Return a stretch of time as people say it: “20 minutes”, “16 hours”, “3 days”."""
    if math.isinf(hours):
        return "ever"
    minutes = math.ceil(hours * 60)
    if minutes < 90:
        return f"{minutes} minute" + ("" if minutes == 1 else "s")
    if hours < 48:
        return f"{int(hours)} hours"
    return f"{round(hours / 24):,} days"


def _number(calls: float) -> str:
    return f"{calls:,.0f}" if calls >= 1 else f"{calls:.1g}"
