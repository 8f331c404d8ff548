"""What a policy may say about the watching of live traffic, in words, and what asks for less."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from registry.domain.durations import DAY, duration
from registry.domain.errors import PolicyError
from registry.domain.watching import ALPHA, DAYS, Hours, Watching

# Tolerance and margin of each metric unless a policy says otherwise, in its own unit: a share
# of calls, the logarithm of a ratio of milliseconds, a share of production's cost, a score.
DEFAULTS: Mapping[str, tuple[float, float]] = {
    "error": (0.005, 0.01),
    "slow": (0.005, 0.03),
    "latency": (math.log(1.05), math.log(1.2)),
    "tokens": (0.10, 0.25),
    "cost": (0.10, 0.25),
    "score": (0.01, 0.03),  # of every score without its own
}
NAMES = {
    "error": "errors",
    "slow": "slow answers",
    "latency": "time to answer",
    "tokens": "tokens",
    "cost": "cost",
}
SCORE = "score:"
_SCORE = re.compile(r"score:[\w.-]{1,100}")
LONGEST = 90 * DAY
_KEYS = ("tolerance", "margin")


def read_watching(document: Mapping[str, Any] | None) -> Watching:
    """Read the part of a policy's document. Raises PolicyError naming the field."""
    found = document or {}
    alpha = found.get("alpha", ALPHA)
    if not _number(alpha, 0.0001, 0.2):
        raise PolicyError("alpha", "The chance of a false rollback is from 0.01 % to 20 %.")
    _check_hours(found.get("hours"))
    _check_guardrails(found.get("guardrails") or {})
    for name, least in (("after_minutes", 0), ("silence_minutes", 1)):
        value = found.get(name)
        if value is not None and not (_whole(value) and least <= value <= LONGEST):
            raise PolicyError(name, f"Give whole minutes from {least} to 90 days.")
    if not isinstance(found.get("goes_back_by_itself", False), bool):
        raise PolicyError("goes_back_by_itself", "Say yes or no.")
    return Watching.from_document(found)


def looser(ours: Watching, theirs: Watching) -> Iterator[str]:
    """Yield sentences about where `ours` asks for less than `theirs`."""
    if _more_hours(ours.hours, theirs.hours):
        yield "steps are also taken outside the hours of now."
    if ours.after_minutes < theirs.after_minutes:
        now, then = duration(ours.after_minutes), duration(theirs.after_minutes)
        yield f"production is watched for {now} after a rollout instead of {then}."
    if theirs.goes_back_by_itself and not ours.goes_back_by_itself:
        yield "a drop in production found later waits for a person."
    if theirs.silence_minutes and (ours.silence_minutes or LONGEST + 1) > theirs.silence_minutes:
        yield "a canary that nobody reports on may go on for longer."
    for metric in sorted({*ours.guardrails, *theirs.guardrails}):
        for key, mine, other in zip(
            _KEYS, limits_of(ours, metric), limits_of(theirs, metric), strict=True
        ):
            if mine > other:
                yield (
                    f"the {key} of {name_of(metric)} is {limit_words(metric, mine)} instead of "
                    f"{limit_words(metric, other)}."
                )


def sentences(watching: Watching) -> list[str]:
    """Return what a policy says about watching, for its page."""
    found = [
        f"A whole rollout goes back by mistake in at most {_share(watching.alpha)} of cases, "
        "however often it is looked at.",
        _hours_words(watching.hours),
    ]
    for metric in sorted(watching.guardrails):
        tolerance, margin = limits_of(watching, metric)
        found.append(
            f"{name_of(metric).capitalize()} may get worse by {limit_words(metric, tolerance)} "
            f"before it counts as harm, and never goes on beyond {limit_words(metric, margin)}."
        )
    if watching.after_minutes:
        what = (
            "goes back by itself"
            if watching.goes_back_by_itself
            else "raises an alarm, and a person decides"
        )
        found.append(
            f"Production is watched for {duration(watching.after_minutes)} after a rollout; a "
            f"drop {what}."
        )
    else:
        found.append("Production is not watched after a rollout.")
    if watching.silence_minutes:
        found.append(
            f"A canary that nobody reports on goes back after {duration(watching.silence_minutes)}."
        )
    else:
        found.append("A canary that nobody reports on is held, and waits for a person.")
    return found


def limits_of(watching: Watching, metric: str) -> tuple[float, float]:
    """Return tolerance and margin of a metric, in its unit."""
    rule = watching.guardrails.get(metric, {})
    usual = DEFAULTS.get(metric, DEFAULTS["score"])
    tolerance, margin = (rule.get(key, default) for key, default in zip(_KEYS, usual, strict=True))
    return tolerance, margin


def name_of(metric: str) -> str:
    """Return what people call a metric."""
    return NAMES.get(metric) or metric.removeprefix(SCORE)


def limit_words(metric: str, limit: float) -> str:
    """Return a tolerance or margin as people read it: `5 %`, `0.5 percentage points`, `0.03`."""
    if metric in ("error", "slow"):
        return f"{limit * 100:.3g} percentage points"
    if metric == "latency":
        return f"{(math.exp(limit) - 1) * 100:.3g} %"
    return f"{limit * 100:.3g} %" if metric in ("tokens", "cost") else f"{limit:.3g}"


def _share(alpha: float) -> str:
    return f"{alpha * 100:.2g} %"


def _hours_words(hours: Hours | None) -> str:
    if hours is None:
        return "Steps are taken at any time of day."
    days = ", ".join(DAYS[day] for day in hours.days)
    return (
        f"Steps forward are taken on {days} from {hours.start:%H:%M} to {hours.end:%H:%M} in the "
        "project's time zone. Going back happens at any time."
    )


def _more_hours(ours: Hours | None, theirs: Hours | None) -> bool:
    if theirs is None:
        return False
    if ours is None or set(ours.days) - set(theirs.days):
        return True
    return ours.start < theirs.start or ours.end > theirs.end


def _check_hours(hours: Any) -> None:
    if not hours:
        return
    try:
        start, end = time.fromisoformat(hours["start"]), time.fromisoformat(hours["end"])
        days = hours["days"]
    except (KeyError, TypeError, ValueError):
        raise PolicyError("hours", "Give days, and a start and an end like 09:00.") from None
    if not (days and isinstance(days, list) and all(_whole(d) and 0 <= d <= 6 for d in days)):
        raise PolicyError("hours", "Choose at least one day, or leave the hours out.")
    if start >= end:
        raise PolicyError("hours", "The hours end after they start, on the same day.")


def _check_guardrails(rules: Any) -> None:
    if not isinstance(rules, Mapping):
        raise PolicyError("guardrails", "Give a rule for each metric.")
    for metric, rule in rules.items():
        if metric not in NAMES and not _SCORE.fullmatch(metric):
            known = ", ".join([*NAMES, "score:NAME"])
            raise PolicyError("guardrails", f"{metric[:40]!r} is no metric. Known: {known}.")
        if not isinstance(rule, Mapping) or not rule.keys() <= set(_KEYS):
            raise PolicyError("guardrails", f"{metric}: give a tolerance, a margin, or both.")
        for key, value in rule.items():
            if not _number(value, 0, 10):
                raise PolicyError("guardrails", f"The {key} of {metric} is a number from 0.")
        tolerance, margin = limits_of(Watching(guardrails={metric: rule}), metric)
        if tolerance > margin:
            raise PolicyError(
                "guardrails", f"The margin of {name_of(metric)} is at least its tolerance."
            )


def _number(value: Any, least: float, most: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and least <= value <= most


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
