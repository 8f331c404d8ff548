"""What a POST to /api/v1/observations holds, read and checked item by item."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from evaluation.online.intake.observation import Observation, Rejection, SampleText
from registry.domain.strict_json import LARGEST_INTEGER
from registry.runtime.answers import Problem

MOST = 1000  # observations of one request
SOURCE = "observations"
VARIANTS = ("control", "treatment")
REQUIRED = ("id", "ts", "prompt", "version")
IDENTIFIER = 1000  # characters of a unit or a trace


class _BadError(ValueError):
    """A value that cannot be read; the text says what to send."""


def items_of(body: Any) -> list[Any]:
    """Return the observations in the body, unread. Raises Problem (400, 413)."""
    if not isinstance(body, dict):
        raise Problem(400, "bad_request", 'Send an object such as {"observations": []}.')
    for name in body:
        if name != "observations":
            raise Problem(400, "bad_request", "Unknown field. Known: observations.", name[:40])
    items = body.get("observations")
    if not isinstance(items, list):
        raise Problem(400, "bad_request", "Send the calls as a list.", "observations")
    if len(items) > MOST:
        text = f"There are {len(items)} observations. Send at most {MOST} at a time."
        raise Problem(413, "too_large", text, "observations")
    return items


def read(item: Any, index: int) -> Observation | Rejection:
    """Return the observation in one item, or why it cannot be read."""
    if type(item) is not dict:
        return Rejection(index, "", "An observation is an object with id, ts, prompt and version.")
    fields: dict[str, Any] = {}
    for name, value in item.items():
        reader = _READERS.get(name)
        if reader is None:
            text = "There is no such field. The description of the API, /api/docs, names all."
            return Rejection(index, name[:40], text)
        if value is None:
            continue
        try:
            fields[name] = reader(value)
        except _BadError as error:
            return Rejection(index, name, str(error))
    for name in REQUIRED:
        if not fields.get(name):
            return Rejection(index, name, f"It is missing. {_MISSING[name]}")
    return _observation(fields)


def _observation(fields: dict[str, Any]) -> Observation:
    assigned, label = fields.pop("assignment", ""), fields.get("label", "")
    fields.pop("message", None)
    # Our clients say how they chose, and the label if they asked for one.
    exact = bool(assigned) and not label
    return Observation(source=SOURCE, at=fields.pop("ts"), exact=exact, **fields)


def _text(longest: int) -> Callable[[Any], str]:
    def read_text(value: Any) -> str:
        if type(value) is not str or len(value) > longest:
            raise _BadError(f"Send text of at most {longest} characters.")
        return value

    return read_text


def _moment(value: Any) -> datetime:
    """Return a time in UTC."""
    wanted = "Send a time with its zone, such as 2026-11-21T14:05:09.250Z."
    if type(value) is not str:
        raise _BadError(wanted)
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise _BadError(wanted)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _BadError(wanted) from None


def _version(value: Any) -> str | int:
    if type(value) is int:
        return value
    if type(value) is str and len(value) <= 40:
        return value
    raise _BadError("Send the number that came with the prompt, such as 2.4.0, or its revision.")


def _whole(value: Any) -> int:
    if type(value) is float and value == value // 1:
        value = int(value)
    if type(value) is not int or not 0 <= value <= LARGEST_INTEGER:
        raise _BadError("Send a whole number of 0 or more.")
    return value


def _number(value: Any) -> float:
    if type(value) is not int and type(value) is not float:
        raise _BadError("Send a number.")
    if not 0 <= value <= LARGEST_INTEGER:
        raise _BadError("Send a number of 0 or more.")
    return float(value)


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise _BadError("Send true or false.")
    return value


def _variant(value: Any) -> str:
    if value not in VARIANTS:
        raise _BadError("Send control or treatment.")
    return str(value)


def _scores(value: Any) -> dict[str, float]:
    if type(value) is not dict:
        raise _BadError('Send the scores by name, such as {"faithfulness": 0.9}.')
    for name, score in value.items():
        if type(score) is not float and type(score) is not int:
            raise _BadError(f"{name[:40]!r} is no number. A score is 0 to 1, higher is better.")
    return value


def _sample(value: Any) -> SampleText:
    wanted = 'A sample is {"input": …, "output": "…", "context": ["…"]}.'
    if type(value) is not dict or not {"input", "output"} <= set(value) <= _SAMPLE:
        raise _BadError(wanted)
    context = value.get("context", [])
    if type(value["output"]) is not str or type(context) is not list:
        raise _BadError(wanted)
    return SampleText(value["input"], value["output"], tuple(context))


_SAMPLE = {"input", "output", "context"}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "id": _text(200),
    "ts": _moment,
    "prompt": _text(300),
    "version": _version,
    "label": _text(40),
    "variant": _variant,
    "rollout": _whole,
    "epoch": _whole,
    "assignment": _text(20),
    "bucket": _whole,
    "unit": _text(IDENTIFIER),
    "error": _flag,
    "error_type": _text(500),
    "message": _text(500),
    "latency_ms": _number,
    "input_tokens": _whole,
    "output_tokens": _whole,
    "cost": _number,
    "scores": _scores,
    "trace": _text(IDENTIFIER),
    "sample": _sample,
}
_MISSING = {
    "id": "Make one for each call, such as a UUID: what is sent again under it counts once.",
    "ts": "Send when the call was made, such as 2026-11-21T14:05:09.250Z.",
    "prompt": "Send the name of the prompt, such as support/system.",
    "version": "Send the number that came with the prompt, such as 2.4.0.",
}
