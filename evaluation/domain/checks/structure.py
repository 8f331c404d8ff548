"""Checks of structured answers: JSON, a schema, JSON inside text, fields that must be there."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from evaluation.domain.checks.base import CheckError, Finding, Kind, Output, Test
from evaluation.domain.checks.json_text import NotJsonError, read_json, values_inside
from evaluation.domain.checks.schema import Schema
from evaluation.domain.checks.schema_cost import SchemaError
from registry.domain.canonical import canonical

MAX_FIELDS = 100


def check_schema(schema: Any) -> None:
    """Raise SchemaError, with the reason in words, unless `schema` is one that can be used."""
    Schema(schema)


def _schema(data: Mapping[str, Any]) -> Schema:
    if "schema" not in data:
        raise CheckError("schema", "Write the JSON Schema that the answer must match.")
    try:
        return _compiled(canonical(data["schema"]))
    except SchemaError as error:
        raise CheckError("schema", str(error)) from None
    except (TypeError, ValueError):
        raise CheckError("schema", "The schema holds a value that JSON does not have.") from None


@lru_cache(maxsize=128)
def _compiled(text: str) -> Schema:
    """Build a schema once for the thousands of answers it is compared with."""
    return Schema(json.loads(text))


def _is_json(data: Mapping[str, Any]) -> tuple[str, Test]:
    def test(output: Output) -> Finding:
        try:
            read_json(output.text)
        except NotJsonError as error:
            return Finding(False, f"The answer is not JSON: {error}.")
        return Finding(True, "The answer is JSON.")

    return "is JSON", test


def _json_schema(data: Mapping[str, Any]) -> tuple[str, Test]:
    schema = _schema(data)

    def test(output: Output) -> Finding:
        try:
            fault = schema.fault(read_json(output.text))
        except NotJsonError as error:
            return Finding(False, f"The answer is not JSON: {error}.")
        if fault:
            return Finding(False, f"The answer does not match the schema: {fault}.")
        return Finding(True, "The answer matches the schema.")

    return "matches a JSON Schema", test


def _contains_json(data: Mapping[str, Any]) -> tuple[str, Test]:
    """Look for strict JSON inside text.

    Without a schema only an object counts: “see [1]” is a footnote, not JSON.
    """
    schema = _schema(data) if "schema" in data else None

    def test(output: Output) -> Finding:
        fault = None
        for value in values_inside(output.text):
            if schema is None and isinstance(value, dict):
                return Finding(True, "The answer contains a JSON object.")
            if schema is not None and (fault := schema.fault(value)) is None:
                return Finding(True, "The answer contains JSON that matches the schema.")
        if fault:
            return Finding(False, f"No JSON in the answer matches the schema: {fault}.")
        return Finding(False, "The answer contains no JSON.")

    return "contains JSON" + (" that matches a schema" if schema else ""), test


def _required_fields(data: Mapping[str, Any]) -> tuple[str, Test]:
    """Look for fields of a JSON object; `customer.name` is the name inside the customer."""
    fields = data.get("fields")
    if not isinstance(fields, list) or not fields:
        raise CheckError("fields", "Write at least one field name, one on each line.")
    if len(fields) > MAX_FIELDS or not all(isinstance(name, str) and name for name in fields):
        raise CheckError("fields", f"Write at most {MAX_FIELDS} names, each a text.")

    def test(output: Output) -> Finding:
        try:
            value = read_json(output.text)
        except NotJsonError as error:
            return Finding(False, f"The answer is not JSON: {error}.")
        if not isinstance(value, dict):
            return Finding(False, "The answer is JSON but not an object with fields.")
        missing = [name for name in fields if not _has(value, name)]
        if missing:
            return Finding(False, f"The answer lacks the field {', '.join(missing)}.")
        return Finding(True, f"The answer has the field {', '.join(fields)}.")

    return f"has the field {', '.join(fields)}", test


def _has(value: Any, name: str) -> bool:
    if not isinstance(value, dict):
        return False
    first, dot, rest = name.partition(".")
    return name in value or (bool(dot) and first in value and _has(value[first], rest))


KINDS = {
    "is_json": Kind("is JSON", (), _is_json),
    "json_schema": Kind("matches a JSON Schema", ("schema",), _json_schema),
    "contains_json": Kind("contains JSON", ("schema",), _contains_json),
    "required_fields": Kind("is a JSON object with fields", ("fields",), _required_fields),
}
