"""A generation as npm `langfuse` 3 and Python 2 send it: created when it begins, updated later.

Only the first names the prompt, and only the last says how it went, so a call is counted when
both are there: see `evaluation.online.langfuse.begun` for what comes in between.
"""

from typing import Any

from evaluation.online.intake.observation import Observation
from evaluation.online.langfuse.values import (
    Body,
    call_id,
    moment_in,
    number_in,
    object_in,
    text_in,
    whole_in,
)
from evaluation.online.otlp.observe import version_of

SOURCE = "langfuse"
# All that is kept of one that has not ended; of what was asked and answered, nothing.
KEPT = ("id", "traceId", "startTime", "promptName", "level")


def merged(first: Body, then: Body) -> dict[str, Any]:
    """Return what two events say of one generation; the later one wins."""
    return {name: value for name, value in {**first, **then}.items() if value is not None}


def beginning_of(body: Body) -> dict[str, str | int]:
    """Return what must be known of a generation when it ends; it names a prompt."""
    return {
        **{name: text for name in KEPT if (text := text_in(body, name))},
        "promptVersion": version_of(body.get("promptVersion")),
    }


def key_of(body: Body) -> str:
    """Return the id of the generation within its family, or "" without one."""
    own = text_in(body, "id")
    return call_id(text_in(body, "traceId"), own) if own else ""


def names_prompt(body: Body) -> bool:
    """Does it name a prompt and a version of it?"""
    return bool(text_in(body, "promptName")) and version_of(body.get("promptVersion")) != ""


def has_ended(body: Body) -> bool:
    """Does it say when it ended?"""
    return moment_in(body, "endTime") is not None


def read_generation(body: Body) -> Observation | None:
    """Return the call that a whole generation tells of; None if it names no prompt or no end."""
    ended = moment_in(body, "endTime")
    if ended is None or not names_prompt(body) or not key_of(body):
        return None
    started = moment_in(body, "startTime")
    usage = {**object_in(body, "usage"), **object_in(body, "usageDetails")}
    costs = object_in(body, "costDetails")
    return Observation(
        source=SOURCE,
        id=key_of(body),
        at=started or ended,
        prompt=text_in(body, "promptName"),
        version=version_of(body.get("promptVersion")),
        error=text_in(body, "level").upper() == "ERROR",
        latency_ms=(ended - started).total_seconds() * 1000
        if started and ended >= started
        else None,
        input_tokens=whole_in(usage, "input", "promptTokens", "prompt_tokens"),
        output_tokens=whole_in(usage, "output", "completionTokens", "completion_tokens"),
        cost=number_in(costs, "total") or number_in(usage, "totalCost"),
        trace=text_in(body, "traceId"),
    )
