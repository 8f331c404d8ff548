"""A check of one place in a JSON answer: `$.order.lines[0].price`.

Names, numbers and `*` only (the parts of RFC 9535 without filters and `..`): enough to say
where something stands, and the work stays in proportion to the answer.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from evaluation.domain.checks.base import CheckError, Finding, Kind, Output, Test, short
from evaluation.domain.checks.json_text import NotJsonError, read_json
from registry.domain.diff.changed_fields import same_json

MAX_PATH = 300
MAX_SHOWN = 80
ANY = None  # the step `*`: every value of a list or an object
Step = str | int | None

_STEP = re.compile(
    r"\.(?P<name>[^\s.\[\]*'\"()?@$]+)|\[(?P<index>-?[0-9]{1,9})\]"
    r"|(?P<any>\.\*|\[\*\])|\['(?P<single>[^']+)'\]|\[\"(?P<double>[^\"]+)\"\]"
)
_CURE = "Write where it stands, such as $.order.lines[0].price, with [*] for every item."


def read_path(path: str) -> tuple[Step, ...]:
    """Return the steps of a path; the leading `$` may be left out. Raises CheckError."""
    if len(path) > MAX_PATH:
        raise CheckError("path", f"A path has at most {MAX_PATH} characters.")
    rest = path.removeprefix("$")
    if rest == path and rest[:1] not in ("", ".", "["):
        rest = f".{rest}"
    steps: list[Step] = []
    while rest:
        match = _STEP.match(rest)
        if match is None:
            raise CheckError("path", f"{short(rest, 30)} is not understood. {_CURE}")
        steps.append(_step(match))
        rest = rest[match.end() :]
    return tuple(steps)


def values_at(value: Any, steps: tuple[Step, ...]) -> list[Any]:
    """Return every value that stands at the path."""
    found = [value]
    for step in steps:
        found = [inner for item in found for inner in _below(item, step)]
    return found


def _step(match: "re.Match[str]") -> Step:
    if match["any"]:
        return ANY
    if match["index"]:
        return int(match["index"])
    return match["name"] or match["single"] or match["double"]


def _below(item: Any, step: Step) -> list[Any]:
    if step is ANY:
        return list(item.values()) if isinstance(item, dict) else item if _is_list(item) else []
    if isinstance(step, int):
        there = _is_list(item) and -len(item) <= step < len(item)
        return [item[step]] if there else []
    return [item[step]] if isinstance(item, dict) and step in item else []


def _is_list(item: Any) -> bool:
    return isinstance(item, list)


def _json_path(data: Mapping[str, Any]) -> tuple[str, Test]:
    path = data.get("path")
    if not isinstance(path, str) or not path.strip():
        raise CheckError("path", _CURE)
    steps = read_path(path.strip())
    wanted = "value" in data
    equal = _shown([data["value"]]) if wanted else ""

    def test(output: Output) -> Finding:
        try:
            found = values_at(read_json(output.text), steps)
        except NotJsonError as error:
            return Finding(False, f"The answer is not JSON: {error}.")
        if not found:
            return Finding(False, f"The answer has nothing at {path}.")
        if wanted and not any(same_json(value, data["value"]) for value in found):
            return Finding(
                False, f"At {path} stands {_shown(found)}, not {_shown([data['value']])}."
            )
        return Finding(True, f"At {path} stands {_shown(found)}.")

    return f"has {equal or 'something'} at {path}", test


def _shown(values: list[Any]) -> str:
    """Return the first values as they are written in JSON, on one short line."""
    text = ", ".join(json.dumps(value, ensure_ascii=False, default=str) for value in values[:3])
    more = f" and {len(values) - 3:,} more" if len(values) > 3 else ""
    return (text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…") + more


KINDS = {"json_path": Kind("has something at a place of its JSON", ("path", "value"), _json_path)}
