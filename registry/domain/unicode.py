"""Characters that a reader cannot see and a model can: found, named and counted.

Bidirectional controls reorder what a reviewer reads (CVE-2021-42574); zero-width and tag
characters carry hidden instructions. Zero-width joiners are left alone where writing needs
them: inside emoji, and between letters of scripts that join.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["bidi", "zero-width", "tag", "control", "private"]

# Ranges of a character class.
HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
_HIDDEN = re.compile(f"[{HIDDEN}]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_JOINERS = "\u200c\u200d"
# Indic and Arabic scripts write with joiners; an emoji family is glued by them.
_JOINING_SCRIPTS = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af]")
_EMOJI = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")


@dataclass(frozen=True, slots=True)
class Hidden:
    """One hidden character: where (`line` and `column` from 1), and what it is."""

    index: int
    line: int
    column: int
    codepoint: str
    name: str
    kind: Kind


def hidden_characters(text: str) -> list[Hidden]:
    """Return every hidden character of `text`, in order. Tab and line feed are not hidden."""
    found: list[Hidden] = []
    line, line_start, seen = 1, 0, 0
    for match in _HIDDEN.finditer(text):
        index = match.start()
        char = match.group()
        if is_joiner_in_place(text, index):
            continue
        if breaks := text.count("\n", seen, index):
            line += breaks
            line_start = text.rfind("\n", seen, index) + 1
        seen = index
        found.append(
            Hidden(
                index,
                line,
                index - line_start + 1,
                f"U+{ord(char):04X}",
                name_of(char),
                _kind(char),
            )
        )
    return found


def is_joiner_in_place(text: str, index: int) -> bool:
    """Is the character at `index` a joiner that stands where a writing system needs it?"""
    if text[index] not in _JOINERS:
        return False
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if _EMOJI.match(before) or 0x1F3FB <= ord(before or "\0") <= 0x1F3FF:
        return bool(_EMOJI.match(after))
    return bool(_JOINING_SCRIPTS.match(before))


def _kind(char: str) -> Kind:
    """Return what kind of hidden character this is."""
    code = ord(char)
    if _BIDI.match(char):
        return "bidi"
    if 0xE0000 <= code <= 0xE007F:
        return "tag"
    category = unicodedata.category(char)
    if category == "Cc" or code in (0x2028, 0x2029):
        return "control"
    if category == "Co":
        return "private"
    return "zero-width"


def name_of(char: str) -> str:
    """Return the Unicode name, or a plain one where Unicode has none."""
    if unicodedata.category(char) == "Cc":
        return f"control character {ord(char)}"
    return unicodedata.name(char, "unnamed character").lower()
