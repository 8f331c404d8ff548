"""Spans from `application/json`, the JSON form of an ExportTraceServiceRequest.

Read by hand: ids are hexadecimal here, which protobuf's own JSON would take for base64, and
fields that nobody knows are passed over, which it would refuse.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from evaluation.online.otlp.names import EVALUATION, OF_EVENT, OF_SPAN
from evaluation.online.otlp.spans import (
    EVENTS_READ,
    FAILED,
    MOST_PARTS,
    Attributes,
    Evaluation,
    Span,
    TooLargeError,
    UndecodableError,
    Value,
    check_count,
)

_HEX = re.compile(r"[0-9a-fA-F]*")
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_STATUS = {"STATUS_CODE_ERROR": FAILED}  # numbers only, by the specification; some send names
_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def read_json(body: bytes) -> list[Span]:
    """Return the spans in `body`; an empty one holds none.

    Raises UndecodableError, TooLargeError.
    """
    if not body.strip():
        return []
    document = _document(body)
    spans = [
        span
        for resource in _list(document, "resourceSpans")
        for scope in _list(resource, "scopeSpans")
        for span in _list(scope, "spans")
    ]
    check_count(spans)
    return [_span(span) for span in spans]


def parse(body: bytes) -> Any:
    """Return the JSON value in `body`. Raises UndecodableError, TooLargeError."""
    if body.count(b"{") + body.count(b"[") > MOST_PARTS:
        raise TooLargeError("The body holds too many values. Send fewer at once.")
    try:
        return json.loads(body)
    except RecursionError:
        raise UndecodableError("The body is nested too deeply. Flatten it.") from None
    except ValueError:
        raise UndecodableError("The body is not JSON in UTF-8.") from None


def _document(body: bytes) -> dict[str, Any]:
    document = parse(body)
    if not isinstance(document, dict):
        raise UndecodableError('Send an object such as {"resourceSpans": []}.')
    return document


def _list(holder: Any, name: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list. Raises UndecodableError for anything else."""
    items = holder.get(name)
    if items is None:
        return
    if not isinstance(items, list):
        raise UndecodableError(f"{name} is no list.")
    for item in items:
        if not isinstance(item, dict):
            raise UndecodableError(f"An item of {name} is no object.")
        yield item


def _span(span: dict[str, Any]) -> Span:
    status = span.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    events = [event for event in _list(span, "events") if event.get("name") == EVALUATION]
    return Span(
        trace=_id(span.get("traceId")),
        span=_id(span.get("spanId")),
        start=_whole(span.get("startTimeUnixNano")),
        end=_whole(span.get("endTimeUnixNano")),
        failed=(_STATUS.get(code) if isinstance(code, str) else code) == FAILED,
        attributes=_attributes(span, OF_SPAN),
        evaluations=tuple(
            Evaluation(_whole(event.get("timeUnixNano")), _attributes(event, OF_EVENT))
            for event in events[:EVENTS_READ]
        ),
    )


def _id(value: Any) -> str:
    """Return an id in lower case; "" when there is none. Raises UndecodableError."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 64 or not _HEX.fullmatch(value):
        raise UndecodableError("traceId and spanId are hexadecimal: 32 and 16 digits.")
    return value.lower()


def _whole(value: Any) -> int:
    """Return a 64-bit number, which may be sent as text; 0 for none. Raises UndecodableError."""
    if value is None:
        return 0
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**64:
        raise UndecodableError("A time is a whole number of nanoseconds since 1970.")
    return value


def _attributes(holder: dict[str, Any], wanted: frozenset[str]) -> Attributes:
    """Return those of the wanted names that hold a text, a number, true or false."""
    found: Attributes = {}
    for pair in _list(holder, "attributes"):
        key, value = pair.get("key"), pair.get("value")
        if isinstance(key, str) and key in wanted and isinstance(value, dict):
            read = _value(value)
            if read is not None:
                found[key] = read
    return found


def _value(value: dict[str, Any]) -> Value | None:
    """Return the one scalar that an AnyValue holds, or None. Raises UndecodableError."""
    text, truth, number = (value.get(f"{kind}Value") for kind in ("string", "bool", "double"))
    if isinstance(text, str):
        return text
    if isinstance(truth, bool):
        return truth
    if value.get("intValue") is not None:
        return _whole(value["intValue"])
    if isinstance(number, int | float) and not isinstance(number, bool):
        return _real(number)
    return _NUMBERS.get(number) if isinstance(number, str) else None


def _real(number: int | float) -> float | None:
    """Return a number as a float; None for one that has no float."""
    try:
        return float(number)
    except OverflowError:
        return None
