"""What applications and the model rely on besides the words: each a reason with its bump."""

import json
from collections.abc import Iterator
from typing import Any

from registry.domain.content import Content, Message
from registry.domain.diff.changed_fields import (
    FieldChange,
    changed_fields,
    same_json,
    variable_changes,
)
from registry.domain.semver import Bump

Reason = tuple[Bump, str]

# Config keys that decide who answers and in what form; any other key is a parameter.
CONTRACT_KEYS = {
    "model": "The model",
    "model_name": "The model",
    "engine": "The model",
    "provider": "The provider",
    "response_format": "The output format (response_format)",
    "tools": "The list of tools",
    "functions": "The list of functions",
}


def shape_reasons(old: Content, new: Content) -> Iterator[Reason]:
    """Yield every change of kind, messages, roles, schema, variables and config."""
    yield from _kind_and_messages(old, new)
    if not same_json(old.output_schema, new.output_schema):
        yield Bump.MAJOR, _schema_sentence(old, new)
    yield from _variables(old, new)
    for change in changed_fields(old.config, new.config):
        yield _config_reason(change)


def outline(content: Content) -> list[str]:
    """Return the roles in order, a placeholder as its name in brackets."""
    return [
        item.role if isinstance(item, Message) else f"[{item.name}]" for item in content.messages
    ]


def _kind_and_messages(old: Content, new: Content) -> Iterator[Reason]:
    """Yield changes of the kind, the number of messages, their roles and placeholders."""
    if old.kind != new.kind:
        yield Bump.MAJOR, f"The kind changed from {old.kind} to {new.kind}."
        return
    before, after = outline(old), outline(new)
    if len(before) != len(after):
        yield Bump.MAJOR, f"The number of messages changed from {len(before)} to {len(after)}."
    elif before != after:
        yield (
            Bump.MAJOR,
            f"The roles changed from {', '.join(before)} to {', '.join(after)}.",
        )


def _schema_sentence(old: Content, new: Content) -> str:
    """Say what happened to the output schema."""
    if old.output_schema is None:
        return "An output schema was added."
    if new.output_schema is None:
        return "The output schema was removed."
    paths = [change.path for change in changed_fields(old.output_schema, new.output_schema)]
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"The output schema changed: {', '.join(paths[:3])}{more}."


def _variables(old: Content, new: Content) -> Iterator[Reason]:
    """Yield changes of the variables and of their declarations."""
    changes = variable_changes(old, new)
    for before, after in changes.renamed:
        yield Bump.MAJOR, f"The variable {{{{{before}}}}} was renamed to {{{{{after}}}}}."
    for name in changes.added:
        yield Bump.MAJOR, f"The variable {{{{{name}}}}} was added."
    for name in changes.removed:
        yield Bump.MAJOR, f"The variable {{{{{name}}}}} was removed."
    for change in changes.changed:
        name, key = change.path.split(".")
        if key == "required":
            now = "required" if change.new else "optional"
            yield Bump.MAJOR, f"The variable {{{{{name}}}}} is now {now}."
        elif key == "type":
            yield (
                Bump.MAJOR,
                f"The type of {{{{{name}}}}} changed from {change.old} to {change.new}.",
            )
        elif key == "default":
            yield Bump.MINOR, f"The default of {{{{{name}}}}} changed: {_values(change)}."
        else:
            yield Bump.PATCH, f"The {key} of {{{{{name}}}}} changed, which no model reads."


def _config_reason(change: FieldChange) -> Reason:
    """Return the reason for one changed field of the config."""
    root = change.path.split(".")[0]
    bump = Bump.MAJOR if root in CONTRACT_KEYS else Bump.MINOR
    what = CONTRACT_KEYS.get(root, f"The parameter {change.path}")
    if change.what == "added":
        return bump, f"{what} was added: {_short(change.new)}."
    if change.what == "removed":
        return bump, f"{what} was removed (it was {_short(change.old)})."
    return bump, f"{what} changed: {_values(change)}."


def _values(change: FieldChange) -> str:
    """Return `old → new` for a sentence."""
    return f"{_short(change.old)} → {_short(change.new)}"


def _short(value: Any) -> str:
    """Return a JSON value as a person would write it, at most 60 characters."""
    text = "nothing" if value is None else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
