"""What a span says of a call, in the words of `Observation` and `Score`."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from evaluation.online.intake.observation import Observation, Score, fault_in_score
from evaluation.online.otlp import names
from evaluation.online.otlp.spans import Attributes, Span, Value
from registry.domain.strict_json import made_storable

SOURCE = "otlp"
_TRACE_DIGITS, _SPAN_DIGITS = 32, 16
_MOST_JSON = 10_000  # characters of JSON within an attribute
_MOST_DIGITS = 9  # of a revision, a rollout or an epoch that is sent as text


@dataclass(frozen=True, slots=True)
class Told:
    """What one span tells: of a call, of scores, or why it cannot be counted."""

    call: Observation | None = None
    scores: tuple[Score, ...] = ()
    fault: str = ""


def told_by(span: Span) -> Told:
    """Return what `span` tells; nothing at all where it names no prompt and no score."""
    said = span.attributes
    prompt, version, means_us = _prompt(said)
    scores = _scores(span)
    if not prompt or (version == "" and not means_us):
        return Told(scores=tuple(scores) if _has_ids(span) else ())
    if not _has_ids(span):
        return Told(fault="A span has no trace id of 32 and span id of 16 hexadecimal digits.")
    if version == "":
        return Told(fault=f"A span of {prompt[:80]} says no version: set prompt.version, too.")
    tokens = _object(said, names.USAGE_JSON)
    # One that cannot be right is refused by itself: the call counts without it.
    odd = [score for score in scores if fault_in_score(score.name, score.value)]
    call = Observation(
        source=SOURCE,
        id=f"{span.trace}:{span.span}",
        at=_moment(span.start or span.end),
        prompt=prompt,
        version=version,
        label=_text(said, names.LABEL),
        variant=_text(said, names.VARIANT),
        rollout=_whole(said.get(names.ROLLOUT)),
        epoch=_whole(said.get(names.EPOCH)),
        bucket=_whole(said.get(names.BUCKET)),
        unit=_text(said, names.UNIT) or None,
        error=span.failed or _text(said, names.LEVEL).upper() == "ERROR",
        latency_ms=(span.end - span.start) / 1e6 if span.end >= span.start > 0 else None,
        input_tokens=_first(said, names.INPUT_TOKENS, _whole(tokens.get("input"))),
        output_tokens=_first(said, names.OUTPUT_TOKENS, _whole(tokens.get("output"))),
        cost=_cost(said),
        scores={score.name: score.value for score in scores if score not in odd},
        trace=span.trace,
    )
    return Told(call, tuple(odd))


def version_of(value: object) -> str | int:
    """Return a version as `Observation` has it: 7 and "7" are revisions, "2.4.0" a number.

    "" where it is none of these.
    """
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return int(value) if value.is_integer() else ""
    if isinstance(value, int):
        return value
    text = made_storable(value.strip())[:60] if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else text


def _prompt(said: Attributes) -> tuple[str, str | int, bool]:
    """Return name, version and whether it certainly speaks of a prompt; ("", "", False) for none.

    The first pair that is whole wins, then the first name that stands alone.
    """
    alone = ("", "", False)
    for one in names.PROMPT:
        name, version = _text(said, one.name), version_of(said.get(one.version))
        if name and version != "":
            return name, version, True
        if name and not alone[2]:
            alone = (name, "", one.means_us)
    linked = _object(said, names.PROMPT_JSON)
    name, version = _text(linked, "name"), version_of(linked.get("version"))
    if name and version != "":
        return name, version, True
    return alone


def _scores(span: Span) -> list[Score]:
    """Return the scores in the events of a span; one without a name or a number is none.

    Where the span is no call itself, but a judge's, they are about the call in its trace.
    """
    found = {}
    for event in span.evaluations:
        name = _text(event.attributes, names.SCORE_NAME)
        value = event.attributes.get(names.SCORE_VALUE)
        if not name or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        found[name] = Score(
            source=SOURCE,
            id=f"{span.trace}:{span.span}:{name}",
            name=name,
            value=float(value),
            at=_moment(event.at or span.end or span.start),
            trace=span.trace,
        )
    return list(found.values())


def _has_ids(span: Span) -> bool:
    whole = len(span.trace) == _TRACE_DIGITS and len(span.span) == _SPAN_DIGITS
    return whole and bool(span.trace.strip("0")) and bool(span.span.strip("0"))


def _moment(nanoseconds: int) -> datetime:
    """Return a moment; one before 1970 is taken as 1970, which is too late for any figure."""
    return datetime.fromtimestamp(max(nanoseconds, 0) // 1000 / 1e6, UTC)


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return made_storable(value.strip()) if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    """Return a whole number, which may be sent as text or as a float; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, int) else None


def _first(said: Attributes, of: tuple[str, ...], otherwise: int | None) -> int | None:
    found = (_whole(said.get(name)) for name in of)
    return next((number for number in found if number is not None), otherwise)


def _cost(said: Attributes) -> float | None:
    """Return dollars: as said, or the total, or the sum of what Langfuse lists."""
    for name in names.COST:
        cost = _real(said.get(name))
        if cost is not None:
            return cost
    listed = _object(said, names.COST_JSON)
    parts = {name: part for name, value in listed.items() if (part := _real(value)) is not None}
    return parts.get("total", sum(parts.values())) if parts else None


def _real(value: Value | object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 and math.isfinite(value) else None


def _object(said: Attributes, name: str) -> dict[str, Any]:
    """Return the JSON object that an attribute holds as text; {} where it holds none."""
    text = said.get(name)
    if not isinstance(text, str) or len(text) > _MOST_JSON:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
