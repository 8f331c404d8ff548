"""A check as the values of its form row, and back: what people write, and what is stored."""

import json
from collections.abc import Mapping
from typing import Any

from evaluation.domain.checks import KINDS, CheckError, Severity
from evaluation.domain.checks.base import CannotCheckError
from evaluation.domain.checks.json_text import NotJsonError, read_json

LINES = ("values", "fields", "allow")  # fields of a check that hold one text a line
PLAIN = ("path", "script", "share")  # fields that are stored as they are written
NUMBERS = ("min", "max")
OPTIONS = ("type", "negate", "severity", "min_pass_rate")


def initial_row(check: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form values of a stored check."""
    row = {name: check[name] for name in (*OPTIONS, *PLAIN, *NUMBERS) if name in check}
    row["tags"] = ", ".join(check.get("tags", []))
    for name in LINES:
        if name in check:
            row["text"] = "\n".join(str(value) for value in check[name])
    if "value" in check:
        row["text"] = _written(check["type"], check["value"])
    if "schema" in check:
        row["text"] = json.dumps(check["schema"], ensure_ascii=False, indent=2)
    return row


def check_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the check of a filled row, with only what differs from the defaults.

    Raises CheckError for a schema that is no JSON; all else is for `parse_check` to judge.
    """
    fields = KINDS[data["type"]].fields
    text = (data["text"] or "").replace("\r\n", "\n")
    check: dict[str, Any] = {"type": data["type"]}
    for name in PLAIN:
        if name in fields and data[name] not in ("", None):
            check[name] = data[name]
    if "value" in fields and text:
        check["value"] = _read(data["type"], text)
    for name in LINES:
        if name in fields:
            check[name] = [line.strip() for line in text.split("\n") if line.strip()]
    if "schema" in fields and text.strip():
        check["schema"] = _schema(text)
    for name in NUMBERS:
        if name in fields and data[name] is not None:
            number = data[name]
            check[name] = int(number) if number == int(number) else number
    return check | _options(data)


def _options(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every check can have, where it is not the usual."""
    found: dict[str, Any] = {}
    if data["negate"]:
        found["negate"] = True
    if data["severity"] == Severity.WARNING.value:
        found["severity"] = data["severity"]
    if data["min_pass_rate"] is not None:
        found["min_pass_rate"] = data["min_pass_rate"]
    if tags := [tag.strip() for tag in data["tags"].split(",") if tag.strip()]:
        found["tags"] = tags
    return found


def _read(name: str, text: str) -> Any:
    """Return the value that was written: JSON where the type compares JSON, else the text.

    A whole answer is a text unless it is an object or a list; a value at a place in JSON may
    also be a number, true, false, null, or a text in quotation marks.
    """
    if name not in ("equals", "json_path"):
        return text
    try:
        value = read_json(text)
    except (NotJsonError, CannotCheckError):
        return text
    return value if name == "json_path" or isinstance(value, dict | list) else text


def _written(name: str, value: Any) -> str:
    """Return the text that `_read` reads as `value`."""
    if isinstance(value, str) and _read(name, value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _schema(text: str) -> Any:
    try:
        return read_json(text)
    except NotJsonError as error:
        raise CheckError("text", f"This is not JSON: {error}.") from None
    except CannotCheckError:
        raise CheckError("text", "The schema is too long or nested too deeply.") from None
