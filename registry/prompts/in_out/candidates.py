"""Prompts as they were found in files, before anybody has decided anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from registry.domain.fields import ContentError, storable_text

# What stands beside a text elsewhere and belongs into `config`.
PARAMETERS = (
    "model", "temperature", "top_p", "top_k", "max_tokens", "max_output_tokens",
    "max_completion_tokens", "stop", "seed", "frequency_penalty", "presence_penalty",
    "response_format", "reasoning_effort",
)  # fmt: skip
ABOUT = ("name", "title", "description", "tags")
FIELDS = ("config", "output_schema", "variables")
# Names under which files keep the text, in the order in which we look.
BODIES = ("messages", "template", "prompt", "text", "content")


@dataclass(frozen=True)
class Candidate:
    """One prompt found in a file: `place` is the file and, in it, the line or the item.

    `name` is what it was called there; `made_up` says that it had none. `problems` keep it
    out, `notes` are worth reading.
    """

    place: str
    name: str
    body: Any = ""
    made_up: bool = False
    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    config: Any = field(default_factory=dict)
    output_schema: Any = None
    variables: Any = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Text, or chat where the body is a list of messages."""
        return "chat" if isinstance(self.body, list) else "text"


def broken(place: str, name: str, problem: str) -> Candidate:
    """Return what stands in the report for something that cannot be read."""
    return Candidate(place=place, name=name, made_up=True, problems=(problem,))


def with_fields(candidate: Candidate, fields: Mapping[str, Any]) -> Candidate:
    """Return `candidate` with what the fields beside its text say; others are noted."""
    changes: dict[str, Any] = {}
    problems, notes = list(candidate.problems), list(candidate.notes)
    for key in ("name", "title", "description"):
        value = fields.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            try:
                changes[key] = storable_text(str(value), f"Its {key}", key)
            except ContentError as error:
                problems.append(error.message)
        elif value is not None:
            problems.append(f"{key} must be text.")
    if fields.get("tags") is not None:
        changes["tags"] = _tags(fields["tags"], problems)
    changes |= {key: fields[key] for key in ("output_schema", "variables") if fields.get(key)}
    config = fields.get("config") or {}
    if isinstance(config, Mapping):
        beside = {key: fields[key] for key in PARAMETERS if fields.get(key) is not None}
        changes["config"] = {**config, **beside}
    else:
        problems.append("config must be an object of parameters, such as model: gpt-4o.")
    left = [k for k in fields if k not in (*ABOUT, *FIELDS, *PARAMETERS, "kind", "type", "format")]
    if left:
        more = f" and {len(left) - 8} more" if len(left) > 8 else ""
        notes.append(f"Not taken over: {', '.join(key[:40] for key in left[:8])}{more}.")
    if changes.get("name", "").strip():
        changes["made_up"] = False
    else:
        changes.pop("name", None)
    return replace(candidate, **changes, problems=tuple(problems), notes=tuple(notes))


def from_object(plain: Candidate, item: Any) -> Candidate:
    """Return the prompt that a JSON or YAML value holds: a text, messages, or an object."""
    place, name = plain.place, plain.name
    if isinstance(item, str):
        return replace(plain, body=item)
    if is_messages(item):
        return with_body(plain, item)
    if not isinstance(item, dict):
        return broken(place, name, f"Here stands {_kind_of(item)}. {SHAPES}")
    key = next((key for key in BODIES if isinstance(item.get(key), str | list)), None)
    if key is None:
        return broken(place, name, f"There is no text in it. {SHAPES}")
    rest = {k: v for k, v in item.items() if k != key}
    return with_body(with_fields(plain, rest), item[key])


SHAPES = 'Give a text, a list of messages, or an object with "name" and "prompt" or "messages".'


def with_body(candidate: Candidate, body: Any) -> Candidate:
    """Return `candidate` with its text, or with its messages in our form."""
    if not isinstance(body, list):
        return replace(candidate, body=body)
    messages, notes = read_messages(body)
    return replace(candidate, body=messages, notes=(*candidate.notes, *notes))


def is_messages(value: Any) -> bool:
    """Is it a list of chat messages, and no list of prompts?"""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(m, dict) and ("role" in m or m.get("type") == "placeholder") for m in value
        )
    )


def read_messages(items: list[Any]) -> tuple[list[Any], tuple[str, ...]]:
    """Return messages in our form, and notes on what they had beside role and content.

    Text parts of one message become one text. What is no message stays, to be refused with
    its number by the content itself.
    """
    dropped: dict[str, None] = {}
    messages: list[Any] = []
    for item in items:
        if not isinstance(item, dict):
            messages.append(item)
        elif item.get("type") == "placeholder" and "role" not in item:
            messages.append({"type": "placeholder", "name": item.get("name")})
            dropped |= dict.fromkeys(k for k in item if k not in ("type", "name"))
        else:
            text = _joined(item.get("content"))
            messages.append({"role": item.get("role"), "content": text})
            dropped |= dict.fromkeys(k for k in item if k not in ("role", "content", "type"))
    names = ", ".join(str(key)[:40] for key in list(dropped)[:8])
    return messages, ((f"Left out of the messages: {names}.",) if dropped else ())


def _joined(content: Any) -> Any:
    """Return the text of content parts where all of them are text."""
    if isinstance(content, list) and content:
        parts = [p.get("text") if isinstance(p, dict) else None for p in content]
        if all(isinstance(part, str) for part in parts):
            return "\n\n".join(str(part) for part in parts)
    return content


def _tags(value: Any, problems: list[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(tag.strip() for tag in value.split(",") if tag.strip())
    if isinstance(value, list) and all(isinstance(tag, str | int | float) for tag in value):
        return tuple(str(tag) for tag in value)
    problems.append("tags must be a list of words, or words with commas between.")
    return ()


def _kind_of(item: Any) -> str:
    return {list: "a list", dict: "an object", type(None): "nothing"}.get(type(item), "a value")
