"""What a comment is about: a stretch of lines, a message or a golden case.

Written as text: `lines:MESSAGE:FIRST-LAST`, `message:NUMBER`, `case:ID`. Messages and lines
are counted from 1; the text of a text prompt is message 1.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from registry.domain.content import Content, Message
from registry.domain.fields import ContentError

MOST_LINES = 200
QUOTE_LENGTH = 2_000  # characters
_LINES = re.compile(r"lines:([1-9][0-9]{0,5}):([1-9][0-9]{0,6})-([1-9][0-9]{0,6})")
_MESSAGE = re.compile(r"message:([1-9][0-9]{0,5})")
_CASE = re.compile(r"case:([^\s\x00][^\n\x00]{0,99})")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a version, or (with `case`) the answers to one golden case.

    `first` and `last` are 0 where the whole message is meant.
    """

    message: int = 0
    first: int = 0
    last: int = 0
    case: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the written form. Raises ContentError(anchor)."""
        if found := _LINES.fullmatch(text):
            message, first, last = (int(part) for part in found.groups())
            if first <= last < first + MOST_LINES:
                return cls(message, first, last)
            raise ContentError("anchor", f"A comment is about 1 to {MOST_LINES} lines in order.")
        if found := _MESSAGE.fullmatch(text):
            return cls(int(found[1]))
        if found := _CASE.fullmatch(text):
            return cls(case=found[1])
        raise ContentError("anchor", "Choose lines, a message or a case to comment on.")

    def __str__(self) -> str:
        if self.case:
            return f"case:{self.case}"
        if self.first:
            return f"lines:{self.message}:{self.first}-{self.last}"
        return f"message:{self.message}"

    def words(self, *, chat: bool) -> str:
        """Return `line 3`, `lines 3 to 5 of message 2`, `message 2` or `case angry-refund`."""
        if self.case:
            return f"case {self.case}"
        whole = f"message {self.message}" if chat else "the text"
        if not self.first:
            return whole
        span = f"line {self.first}"
        if self.last > self.first:
            span = f"lines {self.first} to {self.last}"
        return f"{span} of {whole}" if chat else span


def quote_of(anchor: Anchor, content: Content) -> str:
    """Return the words that `anchor` points to, cut to QUOTE_LENGTH; "" for a case.

    Raises ContentError(anchor) when there is no such message or line.
    """
    if anchor.case:
        return ""
    texts = _texts(content)
    if anchor.message > len(texts):
        raise ContentError("anchor", f"There is no message {anchor.message}.")
    text = texts[anchor.message - 1]
    if anchor.first:
        lines = text.split("\n")
        if anchor.last > len(lines):
            raise ContentError("anchor", f"There is no line {anchor.last}: it ends before.")
        text = "\n".join(lines[anchor.first - 1 : anchor.last])
    return text if len(text) <= QUOTE_LENGTH else text[: QUOTE_LENGTH - 1] + "…"


def follow(anchor: Anchor, old: Content, new: Content) -> Anchor | None:
    """Return where in `new` the words stand that `anchor` points to in `old`; None when gone.

    Lines must be there unchanged, the nearest to their old place win. A message stays the
    same message while its number and role do. A case is always the same case.
    """
    if anchor.case:
        return anchor
    if not anchor.first:
        return anchor if _role(old, anchor.message) == _role(new, anchor.message) else None
    wanted = _texts(old)[anchor.message - 1].split("\n")[anchor.first - 1 : anchor.last]
    for number, text in _nearest_first(_texts(new), anchor.message):
        start = _start_of(wanted, text.split("\n"), anchor.first)
        if start:
            return Anchor(number, start, start + len(wanted) - 1)
    return None


def _texts(content: Content) -> list[str]:
    """Return the text of every message by number; a placeholder has its name."""
    if content.kind == "text":
        return [content.text]
    return [m.content if isinstance(m, Message) else m.name for m in content.messages]


def _role(content: Content, number: int) -> str:
    """Return the role of a message, or "" where there is none."""
    if content.kind == "text":
        return "text" if number == 1 else ""
    messages = content.messages
    found = messages[number - 1] if number <= len(messages) else None
    return found.role if isinstance(found, Message) else f"placeholder {found}" if found else ""


def _nearest_first(texts: Sequence[str], number: int) -> Iterator[tuple[int, str]]:
    """Yield (number, text) of the messages, that of `number` first."""
    yield from sorted(enumerate(texts, 1), key=lambda pair: abs(pair[0] - number))


def _start_of(wanted: Sequence[str], lines: Sequence[str], near: int) -> int:
    """Return the line, counted from 1, at which `wanted` stands nearest to `near`; 0: nowhere."""
    starts = (n for n in range(len(lines) - len(wanted) + 1) if lines[n] == wanted[0])
    found = [n + 1 for n in starts if list(lines[n : n + len(wanted)]) == list(wanted)]
    return min(found, key=lambda start: abs(start - near), default=0)
