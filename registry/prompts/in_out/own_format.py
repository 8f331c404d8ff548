"""A version as a file that people read and a program reads back exactly.

YAML front matter between two lines of `---` holds everything but the text; the text follows
as it is, with one line end after it. A chat has a line such as `===== system` before each
message; `separator` in the front matter is made longer until no message begins a line with it.
"""

import re
from collections.abc import Mapping
from typing import Any

from registry.domain.content import Content, Message
from registry.prompts.in_out.yaml_text import YamlError, read_yaml, write_yaml

VERSION = "promptcms version 1"
PROMPT = "promptcms prompt 1"
_FENCE = "---\n"
_SEPARATOR = "====="
_PLACEHOLDER = "placeholder"


class FormatError(ValueError):
    """A file of an export that was changed so that it cannot be read back."""


def write_version(fields: Mapping[str, Any], content: Content) -> str:
    """Return the file of a version; `fields` stand first, then what the content serves."""
    served = content.served_fields()
    head: dict[str, Any] = {"format": VERSION, **fields}
    head |= {key: served[key] for key in ("config", "output_schema", "variables")}
    if content.kind == "text":
        return _FENCE + write_yaml(head) + _FENCE + content.text + "\n"
    head["separator"] = separator = _separator(content)
    body = "".join(
        f"{separator} {item.role}\n{item.content}\n"
        if isinstance(item, Message)
        else f"{separator} {_PLACEHOLDER} {item.name}\n"
        for item in content.messages
    )
    return _FENCE + write_yaml(head) + _FENCE + body


def is_version(text: str) -> bool:
    """Does the file begin as one that `write_version` wrote?"""
    return re.match(rf"---\r?\nformat: {VERSION}\r?\n", text) is not None


def read_version(text: str) -> tuple[dict[str, Any], Any]:
    """Return the fields and the body (a text, or messages). Raises FormatError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head, fence, body = text.removeprefix(_FENCE).partition(f"\n{_FENCE}")
    if not fence:
        raise FormatError("The line --- that ends the front matter is missing.")
    try:
        fields = read_yaml(head, first_line=2)
    except YamlError as error:
        raise FormatError(str(error)) from None
    if not isinstance(fields, dict) or fields.get("format") != VERSION:
        raise FormatError(f"The front matter must begin with “format: {VERSION}”.")
    if "separator" not in fields:
        return fields, body.removesuffix("\n")
    separator = fields["separator"]
    if not isinstance(separator, str) or not separator.strip():
        raise FormatError("The separator must be a text such as =====.")
    return fields, _messages(body, separator)


def _messages(body: str, separator: str) -> list[dict[str, str]]:
    """Return the messages of a chat."""
    messages: list[dict[str, str]] = []
    lines: list[str] = []
    for line in body.removesuffix("\n").split("\n"):
        if not line.startswith(f"{separator} "):
            if not messages:
                raise FormatError(f"The chat must begin with a line such as “{separator} system”.")
            lines.append(line)
            continue
        _finish(messages, lines)
        lines = []
        first, _, name = line.removeprefix(f"{separator} ").partition(" ")
        if first == _PLACEHOLDER and name:
            messages.append({"type": "placeholder", "name": name})
        else:
            messages.append({"role": first, "content": ""})
    _finish(messages, lines)
    return messages


def _finish(messages: list[dict[str, str]], lines: list[str]) -> None:
    """Give the last message the lines that followed it."""
    if messages and "role" in messages[-1]:
        messages[-1]["content"] = "\n".join(lines)
    elif any(lines):
        raise FormatError(f"Text stands below a placeholder: {lines[0][:60]!r}. Delete it.")


def _separator(content: Content) -> str:
    """Return the shortest separator with which no line of a message begins."""
    separator = _SEPARATOR
    texts = [item.content for item in content.messages if isinstance(item, Message)]
    while any(re.search(rf"^{separator} ", text, re.MULTILINE) for text in texts):
        separator += "="
    return separator
