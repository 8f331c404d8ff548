"""What a version says: text or messages, config, output schema and declared variables.

`Content` is the one value that the editor, diff, risk, evaluation and the run-time answer
share. `Content.from_fields` is the only way in for stored or typed fields: it checks every
limit and refuses what one of the databases or clients could not read back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from registry.domain.canonical import canonical, sha256
from registry.domain.fields import (
    ContentError,
    check_size,
    json_object,
    storable_text,
    valid_name,
)
from registry.domain.variables import Variable, read_variables

__all__ = ["Content", "ContentError", "Kind", "Message", "Placeholder", "Variable", "digest"]

Kind = Literal["text", "chat"]

PROMPT_BYTES = 256 * 1024
CONFIG_BYTES = 32 * 1024
SCHEMA_BYTES = 64 * 1024
MESSAGES = 500
ROLE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place in a chat where the application inserts its own messages."""

    name: str


@dataclass(frozen=True)
class Content:
    """Everything a version serves except its number. Compare with `==`, or by `digest`."""

    kind: Kind
    text: str = ""
    messages: tuple[Message | Placeholder, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    output_schema: Mapping[str, Any] | None = None
    variables: tuple[Variable, ...] = ()

    @classmethod
    def from_fields(
        cls,
        kind: str,
        body: Any,
        config: Any = None,
        output_schema: Any = None,
        variables: Any = (),
    ) -> "Content":
        """Check the stored or typed fields and return them as one value.

        `body` is a string for text, for chat a list of `{"role", "content"}` and
        `{"type": "placeholder", "name"}`. Line ends become "\\n" (browsers send "\\r\\n").
        Raises ContentError naming the field: kind, content, config, output_schema, variables.
        """
        if kind not in ("text", "chat"):
            raise ContentError("kind", f"The kind is {kind!r}. Choose text or chat.")
        return cls(
            kind="text" if kind == "text" else "chat",
            text=_read_text(body) if kind == "text" else "",
            messages=_read_messages(body) if kind == "chat" else (),
            config=json_object({} if config is None else config, "config", CONFIG_BYTES),
            output_schema=None
            if output_schema is None
            else json_object(output_schema, "output_schema", SCHEMA_BYTES),
            variables=read_variables(() if variables is None else variables),
        )

    @property
    def body(self) -> str | list[dict[str, str]]:
        """Return the stored form of the text or the messages, as `from_fields` takes it."""
        if self.kind == "text":
            return self.text
        return [
            {"role": item.role, "content": item.content}
            if isinstance(item, Message)
            else {"type": "placeholder", "name": item.name}
            for item in self.messages
        ]

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield (where it stands, in words; its text) of every text a model would read."""
        if self.kind == "text":
            yield "the text", self.text
        for number, item in enumerate(self.messages, 1):
            if isinstance(item, Message):
                yield f"message {number} ({item.role})", item.content

    def declared(self) -> list[dict[str, Any]]:
        """Return the declared variables as JSON, every key present."""
        return [
            {key: getattr(variable, key) for key in Variable.__slots__}
            for variable in self.variables
        ]

    def served_fields(self) -> dict[str, Any]:
        """Return what applications get and the digest covers, as JSON values."""
        return {
            "kind": self.kind,
            ("template" if self.kind == "text" else "messages"): self.body,
            "config": dict(self.config),
            "output_schema": None if self.output_schema is None else dict(self.output_schema),
            "variables": self.declared(),
        }


def digest(content: Content) -> str:
    """Return the SHA-256, in hexadecimal, of the canonical JSON of what is served."""
    return sha256(canonical(content.served_fields()))


def _read_text(body: Any) -> str:
    """Return the text of a text prompt."""
    text = storable_text(body, "The prompt", "content")
    check_size(len(text.encode()), PROMPT_BYTES, "content", "The prompt")
    if not text.strip():
        raise ContentError("content", "The prompt is empty. Write what the model should do.")
    return text


def _read_messages(body: Any) -> tuple[Message | Placeholder, ...]:
    """Return the messages of a chat prompt."""
    if not isinstance(body, list | tuple):
        raise ContentError("content", "A chat prompt is a list of messages.")
    if not body:
        raise ContentError("content", "The chat has no message. Add one.")
    if len(body) > MESSAGES:
        raise ContentError(
            "content", f"The chat has {len(body)} messages; the limit is {MESSAGES}."
        )
    items = tuple(_read_message(item, number) for number, item in enumerate(body, 1))
    size = sum(len(item.content.encode()) for item in items if isinstance(item, Message))
    check_size(size, PROMPT_BYTES, "content", "The chat")
    if not any(isinstance(item, Placeholder) or item.content.strip() for item in items):
        raise ContentError("content", "All messages are empty. Write what the model should do.")
    return items


def _read_message(item: Any, number: int) -> Message | Placeholder:
    """Return one message or placeholder."""
    place = f"Message {number}"
    keys = set(item) if isinstance(item, dict) else set()
    if keys == {"type", "name"} and item["type"] == "placeholder":
        return Placeholder(
            valid_name(item["name"], f"The placeholder in message {number}", "content")
        )
    if keys != {"role", "content"}:
        raise ContentError(
            "content",
            f'{place} must have exactly "role" and "content", or be '
            '{"type": "placeholder", "name": …}.',
        )
    role = storable_text(item["role"], f"The role of message {number}", "content")
    if not ROLE.fullmatch(role):
        raise ContentError(
            "content",
            f"{place} has the role {role[:40]!r}. Use system, user, assistant or another "
            "single word of up to 32 letters, digits, - or _.",
        )
    return Message(role, storable_text(item["content"], place, "content"))
