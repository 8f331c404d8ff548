"""What stands in the editor's form, exactly as typed, whether or not it can be saved.

It comes from a stored row or from a POST, goes back into the form unchanged, and is read
as content by `registry.web.editor.reading`. Messages and variables are sent as parallel
lists of fields of one name, so the order on the page is the order of the content.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from registry.prompts.models import Draft, Version
from registry.web.editor.config_fields import CONFIG_FIELDS, ConfigField, split_config
from registry.web.editor.json_text import write_json

PLACEHOLDER, OTHER = "placeholder:", "other:"  # no role can be spelt so
EMPTY_TEXT = '""'  # how a default that is an empty text stands in its field
ROLES = ("system", "developer", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class TypedMessage:
    """A card: its role and text; for a placeholder the text is the placeholder's name."""

    role: str
    text: str

    @property
    def is_placeholder(self) -> bool:
        """Does the application put its own messages here?"""
        return self.role == PLACEHOLDER

    @property
    def is_other(self) -> bool:
        """Is its role typed, because it is none of the usual ones?"""
        return not self.is_placeholder and self.role not in ROLES

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that its card offers besides a typed one."""
        return ROLES

    def body(self) -> dict[str, str]:
        """The stored form of the message."""
        if self.is_placeholder:
            return {"type": "placeholder", "name": self.text.strip()}
        return {"role": self.role, "content": self.text}


@dataclass(frozen=True, slots=True)
class TypedVariable:
    """A row of the table of variables."""

    name: str
    type: str
    required: str
    default: str
    description: str
    example: str

    @property
    def is_blank(self) -> bool:
        """Is it a row that nobody has filled in?"""
        return not any(s.strip() for s in (self.name, self.default, self.description, self.example))


@dataclass(frozen=True)
class Typed:
    """All fields of the form."""

    kind: str
    text: str = ""
    messages: tuple[TypedMessage, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict)
    extra: str = ""
    schema: str = ""
    variables: tuple[TypedVariable, ...] = ()
    reason: str = ""
    bump: str = ""

    @property
    def config_rows(self) -> list[tuple[ConfigField, str]]:
        """Each parameter with what was typed for it."""
        return [(known, self.config.get(known.key, "")) for known in CONFIG_FIELDS]

    @property
    def body(self) -> str | list[dict[str, str]]:
        """The text or the messages, in their stored form."""
        if self.kind == "text":
            return self.text
        return [message.body() for message in self.messages]


def typed_in(kind: str, post: QueryDict) -> Typed:
    """Return what a browser sent, its line ends as they are stored ("\\n")."""

    def one(name: str) -> str:
        return _lines(post.get(name, ""))

    def many(name: str) -> list[str]:
        return [_lines(value) for value in post.getlist(name)]

    cards = zip_longest(many("role"), many("role_other"), many("message"), fillvalue="")
    columns = ("name", "type", "required", "default", "description", "example")
    rows = zip_longest(*(many(f"variable_{column}") for column in columns), fillvalue="")
    return Typed(
        kind=kind,
        text=one("text"),
        messages=tuple(
            TypedMessage(other.strip() if role == OTHER else role, text)
            for role, other, text in cards
        ),
        config={known.key: one(known.name) for known in CONFIG_FIELDS},
        extra=one("extra"),
        schema=one("output_schema"),
        variables=tuple(row for row in (TypedVariable(*r) for r in rows) if not row.is_blank),
        reason=one("reason"),
        bump=one("bump"),
    )


def stored_in(row: Version | Draft, kind: str) -> Typed:
    """Return a stored row as it stands in the form."""
    config, extra = _config_typed(row.config)
    return Typed(
        kind=kind,
        text=row.content if isinstance(row.content, str) else "",
        messages=tuple(map(_message_typed, row.content if kind == "chat" else ())),
        config=config,
        extra=extra,
        schema=_schema_typed(row.output_schema),
        variables=tuple(map(_variable_typed, row.variables)),
        reason=row.reason if isinstance(row, Draft) else "",
    )


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _config_typed(config: Any) -> tuple[dict[str, str], str]:
    """Return the parameters' fields and the JSON of the extra keys."""
    if isinstance(config, str):  # could not be read when the draft was stored
        typed = json.loads(config)
        return typed["fields"], typed["extra"]
    shown, extra = split_config(config)
    return shown, write_json(extra) if extra else ""


def _schema_typed(schema: Any) -> str:
    """Return the JSON of the output schema; text is what could not be read."""
    if schema is None:
        return ""
    return schema if isinstance(schema, str) else write_json(schema)


def _message_typed(item: dict[str, str]) -> TypedMessage:
    """Return the card of a stored message."""
    if item.get("type") == "placeholder":
        return TypedMessage(PLACEHOLDER, item["name"])
    return TypedMessage(item["role"], item["content"])


def _variable_typed(item: dict[str, Any]) -> TypedVariable:
    """Return the row of a stored variable."""
    default = item.get("default")
    if isinstance(default, bool):
        default = "true" if default else "false"
    elif default == "":
        default = EMPTY_TEXT
    return TypedVariable(
        name=item["name"],
        type=item.get("type", "string"),
        required="yes" if item.get("required", True) else "no",
        default="" if default is None else str(default),
        description=item.get("description", ""),
        example=item.get("example", ""),
    )
