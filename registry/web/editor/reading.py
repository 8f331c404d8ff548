"""Read what was typed: as content that can be saved, or as fields that a draft keeps."""

import json
from dataclasses import dataclass, field
from typing import Any

from registry.domain.content import Content
from registry.domain.fields import ContentError
from registry.domain.strict_json import StrictError, strict
from registry.web.editor.config_fields import CONFIG_FIELDS
from registry.web.editor.json_text import read_json
from registry.web.editor.typed import EMPTY_TEXT, Typed, TypedVariable


@dataclass(frozen=True)
class Read:
    """The content, or None with the errors: a sentence by form field."""

    content: Content | None
    errors: dict[str, str] = field(default_factory=dict)


def read(typed: Typed) -> Read:
    """Return the content of `typed`, or every field that cannot be read, each with its cure."""
    errors: dict[str, str] = {}
    config = _read_config(typed, errors)
    schema = _read_schema(typed, errors)
    variables = [_variable(row) for row in typed.variables]
    # Each part on its own with a harmless body, so that all wrong fields are named at once.
    parts: tuple[dict[str, Any], ...] = (
        {"kind": typed.kind, "body": typed.body},
        {"kind": "text", "body": "-", "config": config},
        {"kind": "text", "body": "-", "output_schema": schema},
        {"kind": "text", "body": "-", "variables": variables},
    )
    for part in parts:
        try:
            Content.from_fields(**part)
        except ContentError as error:
            errors.setdefault(error.field, error.message)
    if errors:
        return Read(None, errors)
    return Read(Content.from_fields(typed.kind, typed.body, config, schema, variables))


def draft_fields(typed: Typed) -> dict[str, Any]:
    """Return the fields of a draft; what cannot be read yet is kept as the typed text."""
    errors: dict[str, str] = {}
    config = _read_config(typed, errors)
    config_typed = json.dumps({"fields": dict(typed.config), "extra": typed.extra})
    schema_errors: dict[str, str] = {}
    schema = _read_schema(typed, schema_errors)
    return {
        "content": typed.body,
        "config": config_typed if errors or not _keeps(config) else config,
        "output_schema": typed.schema if schema_errors or not _keeps(schema) else schema,
        "variables": [_variable(row) for row in typed.variables],
        "reason": typed.reason,
    }


def _keeps(value: Any) -> bool:
    """Can the databases keep this JSON value?"""
    try:
        strict(value, "value")
    except StrictError:
        return False
    return True


def _read_config(typed: Typed, errors: dict[str, str]) -> dict[str, Any]:
    """Return the config, adding to `errors` what is no value."""
    config: dict[str, Any] = {}
    for known in CONFIG_FIELDS:
        text = typed.config.get(known.key, "").strip()
        if not text:
            continue
        try:
            config[known.key] = known.read(text)
        except ContentError as error:
            errors[error.field] = error.message
    if not typed.extra.strip():
        return config
    try:
        extra = read_json(typed.extra, "extra", "The JSON of the other parameters")
    except ContentError as error:
        errors["extra"] = error.message
        return config
    if not isinstance(extra, dict):
        errors["extra"] = 'The other parameters must be a JSON object, like {"stop": ["END"]}.'
    elif twice := sorted(set(extra) & set(config)):
        errors["extra"] = f"{twice[0]} has a field above. Remove it here or clear that field."
    else:
        config |= extra
    return config


def _read_schema(typed: Typed, errors: dict[str, str]) -> Any:
    """Return the output schema or None, adding to `errors` what is no JSON object."""
    if not typed.schema.strip():
        return None
    try:
        schema = read_json(typed.schema, "output_schema", "The output schema")
    except ContentError as error:
        errors["output_schema"] = error.message
        return None
    if not isinstance(schema, dict):
        errors["output_schema"] = 'The schema must be a JSON object, like {"type": "object"}.'
        return None
    return schema


def _variable(row: TypedVariable) -> dict[str, Any]:
    """Return the stored form of a row; a default that is no value of its type stays text."""
    return {
        "name": row.name.strip(),
        "type": row.type or "string",
        "required": row.required != "no",
        "default": _default(row),
        "description": row.description,
        "example": row.example,
    }


def _default(row: TypedVariable) -> Any:
    """Return the typed default as a value of the row's type where it is one.

    Nothing typed is no default; two quotes are the empty text.
    """
    if row.default == "":
        return None
    if row.type == "string":
        return "" if row.default == EMPTY_TEXT else row.default
    text = row.default.strip()
    if row.type == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        if row.type == "integer":
            return int(text)
        if row.type == "number":
            return float(text)
    except ValueError:
        pass
    return text
