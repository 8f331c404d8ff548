"""Values in the bodies of SDKs: each is what it should be, or counts as not sent."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from registry.domain.strict_json import made_storable

Body = Mapping[str, Any]
LONGEST_TEXT = 1000


def text_in(body: Body, name: str) -> str:
    """Return a text without the space around it, or ""."""
    value = body.get(name)
    return made_storable(value.strip()[:LONGEST_TEXT]) if isinstance(value, str) else ""


def object_in(body: Body, *names: str) -> Body:
    """Return the first of these that is an object, or an empty one."""
    found = (body.get(name) for name in names)
    return next((value for value in found if isinstance(value, dict)), {})


def number_in(body: Body, *names: str) -> float | None:
    """Return the first of these that is a finite number; true and false are none."""
    for name in names:
        value = body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if abs(value) < 1e15 and math.isfinite(value):
            return float(value)
    return None


def whole_in(body: Body, *names: str) -> int | None:
    """Return the first of these that is a number, as a whole one."""
    number = number_in(body, *names)
    return None if number is None else int(number)


def moment_in(body: Body, name: str) -> datetime | None:
    """Return a moment; one without a zone is taken as UTC."""
    value = body.get(name)
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = parse_datetime(value)
        if moment is None:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def call_id(trace: str, observation: str) -> str:
    """Return the id of a call within Langfuse's and OpenTelemetry's family: `trace:observation`.

    The SDKs that trace by OpenTelemetry use its ids for their scores, too.
    """
    return f"{trace}:{observation}"
