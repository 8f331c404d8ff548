"""JSON Schemas that people write, made safe: draft 2020-12, no network, bounded work.

Formats are asserted; patterns run on a linear-time engine; nothing outside the schema is
ever fetched; a schema that would take for ever on an answer is refused or gives an error.
"""

from typing import Any, Never

import jsonschema_rs

from evaluation.domain.checks.base import CannotCheckError
from evaluation.domain.checks.json_text import depth
from evaluation.domain.checks.schema_cost import SchemaCost, SchemaError
from registry.domain.canonical import canonical

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_EVALUATIONS = 5_000_000  # about a tenth of a second
MAX_EXPLAINED = 2_000  # a failed alternative costs the library some 9 KB while it explains
MAX_REASON = 200

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Schema:
    """A JSON Schema that was read and found sound. Raises SchemaError for any other."""

    def __init__(self, raw: Any) -> None:
        _require_plain(raw)
        self._cost = SchemaCost(raw)
        self._cost.evaluations(levels=MAX_DEPTH)  # follows every reference once
        if self._cost.evaluations(levels=3) > MAX_EVALUATIONS:
            raise SchemaError("The schema refers to the same parts too often. Make it simpler.")
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                raw,
                validate_formats=True,
                retriever=_refuse,
                pattern_options=jsonschema_rs.RegexOptions(),
            )
        except jsonschema_rs.ValidationError as error:
            raise SchemaError(f"This is not a JSON Schema: {_fault(error)}.") from None
        except ValueError as error:
            raise SchemaError(f"This is not a JSON Schema: {error}.") from None

    def fault(self, value: Any) -> str | None:
        """Return the first way in which `value` breaks the schema, or None if it holds.

        Raises CannotCheckError where the work would be out of proportion.
        """
        try:
            work = self._cost.evaluations(levels=depth(value)) * _places(value)
        except SchemaError as error:
            raise CannotCheckError(str(error)) from None
        if work > MAX_EVALUATIONS:
            raise CannotCheckError(
                "The schema refers to itself so often that this deeply nested answer "
                "would take too long to check. Make the schema simpler."
            )
        try:
            if self._validator.is_valid(value):
                return None
            return self._explain(value, explained=work <= MAX_EXPLAINED)
        except ValueError as error:
            raise CannotCheckError(
                f"The answer cannot be compared with the schema: {error}."
            ) from None

    def _explain(self, value: Any, *, explained: bool) -> str:
        if explained:
            try:
                self._validator.validate(value)
            except jsonschema_rs.ValidationError as error:
                return _fault(error)
        return "it does not match the schema"


def _refuse(address: str) -> Never:
    raise ValueError(f"{address} is outside the schema and is not fetched")


def _require_plain(raw: Any) -> None:
    if not isinstance(raw, dict | bool):
        raise SchemaError("A JSON Schema is an object such as {“type”: “object”}.")
    if depth(raw) > MAX_DEPTH:
        raise SchemaError(f"The schema is nested deeper than {MAX_DEPTH} levels. Make it flatter.")
    try:
        size = len(canonical(raw).encode())
    except (TypeError, ValueError):
        raise SchemaError("The schema holds a value that JSON does not have.") from None
    if size > MAX_BYTES:
        raise SchemaError(f"The schema is larger than {MAX_BYTES // 1024} KiB. Make it shorter.")
    if isinstance(raw, dict) and str(raw.get("$schema", DRAFT)).rstrip("#") != DRAFT:
        raise SchemaError(
            "The schema is written for another draft of JSON Schema. "
            f"Remove “$schema” or set it to {DRAFT}."
        )


def _fault(error: jsonschema_rs.ValidationError) -> str:
    """Return where and what is wrong, on one line of bearable length."""
    path = error.instance_path
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    what = " ".join(error.message.split())
    what = what if len(what) <= MAX_REASON else f"{what[:MAX_REASON]}…"
    return f"at {place.lstrip('.')[:MAX_REASON]}, {what}" if place else what


def _places(value: Any) -> int:
    """Return how many values, inner ones included, `value` is made of."""
    inner = value.values() if isinstance(value, dict) else value
    return 1 + (sum(map(_places, inner)) if isinstance(value, dict | list) else 0)
