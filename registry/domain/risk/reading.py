"""A text as a list of bare words, with what cannot change the meaning taken out.

Taken out: Unicode compatibility forms (NFKC), capitals, quotes and other punctuation,
blanks, list markers, emphasis, link targets, credits, contractions (don't = do not).
Kept: words, numbers with their sign, signs like % and <, variables, tags, and placeholders
in other notations (`${name}`, `{name}`, `[NAME]`), which an application may fill itself.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from registry.domain.tokens import LETTER, MARKS, UNSPACED, VARIABLE

REMEMBERED = 64 * 1024  # characters; longer texts are read anew, so that memory stays small

_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\(([^()\s]*+)\)")
# Without the punctuation that ends the sentence around it.
_ADDRESS = re.compile(r"https?://[^\s<>\"'”’)\]}]*[^\s<>\"'”’)\]}.,;:!?]")
_CREDIT = re.compile(
    r"\b(?:contributed|submitted|written|created|authored) by:?\s+\[?@[\w-]++\]?", re.IGNORECASE
)
_LIST_MARKER = re.compile(r"^[ \t>]*+(?:[-*+•–‣]|\d{1,2}[.)])[ \t]++", re.MULTILINE)
_QUOTE_MARKER = re.compile(r"^[ \t]*+>++[ \t]*+", re.MULTILINE)
# Line breaks pasted as backslash and n, in running text only: '\n' in quotes is content.
_ESCAPED_BREAK = re.compile(r"(?<=[^\s'\"`\\])(?>(?:\\[nrt])+)")
SIGNS = "<>=≤≥≠%‰$€£¥±×÷°"
_ARROW = re.compile(r"-->|->|=>")

_TOKEN = re.compile(
    rf"(?P<variable>{VARIABLE})"
    r"|(?P<foreign>\$\{[^{}\n]{1,100}\}|\{[A-Za-z_][\w.-]*+\}|\[[A-Z][A-Z0-9_ ]*+\])"
    r"|(?P<tag></?[A-Za-z][\w-]*+/?>)"
    rf"|(?P<char>[{UNSPACED}][{MARKS}]*+)"
    r"|(?P<number>(?<![\w.])[-−+]?\d++(?>(?:[.,:]\d++)*)(?!\w))"
    rf"|(?P<word>{LETTER}++(?>(?:'{LETTER}++)*)(?:\+\+|\#(?!\w))?)"
    rf"|(?P<sign>[{SIGNS}])"
)
_CONTRACTIONS = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "let's": "let us",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "here's": "here is",
    "what's": "what is",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "cant": "can not",
    "wont": "will not",
}
# French and Italian: n'utilise = n utilise.
_ELISION = re.compile(r"(qu|[cdjlmnst])'(.{2,})")
_ENDINGS = (("n't", "not"), ("'m", "am"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"))


@dataclass(frozen=True)
class Reading:
    """The words of a text, and where each stands in `text` (start, end) for quoting it.

    `links` and `credits` are what was taken out and can be named when it changed.
    """

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    links: tuple[str, ...]
    credits: tuple[str, ...]

    def quote(self, start: int, end: int, limit: int = 90) -> str:
        """Return the passage of the words `start` to `end` on one line, cut in the middle."""
        if start >= end:
            return ""
        passage = " ".join(self.text[self.spans[start][0] : self.spans[end - 1][1]].split())
        if len(passage) <= limit:
            return passage
        head, tail = passage[: limit * 2 // 3], passage[-limit // 3 :]
        return f"{head.rpartition(' ')[0] or head} … {tail.partition(' ')[2] or tail}"


def read(text: str) -> Reading:
    """Return the bare words of `text`; those of a few texts are remembered.

    While somebody types, the text that they started from is read with every answer.
    """
    return _remembered(text) if len(text) <= REMEMBERED else _read(text)


@lru_cache(maxsize=16)
def _remembered(text: str) -> Reading:
    return _read(text)


def _read(text: str) -> Reading:
    clean = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    links = [target for _, target in _LINK.findall(clean)]
    clean = _LINK.sub(r"\1", clean)
    links += _ADDRESS.findall(clean)
    clean = _ADDRESS.sub("link", clean)
    credits = _CREDIT.findall(clean)
    clean = _CREDIT.sub("", clean)
    clean = _ESCAPED_BREAK.sub("\n", clean)
    clean = _QUOTE_MARKER.sub("", clean)
    clean = _LIST_MARKER.sub("", clean)
    clean = _ARROW.sub("  ", clean)
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in _TOKEN.finditer(clean):
        for word in _bare(found.lastgroup or "", found.group()):
            words.append(word)
            spans.append(found.span())
    return Reading(clean, tuple(words), tuple(spans), tuple(links), tuple(credits))


@lru_cache(maxsize=4_096)
def _bare(kind: str, text: str) -> tuple[str, ...]:
    """Return the bare words of one token: two for a contraction, none for `___`."""
    if kind == "variable":
        return ("{{" + text[2:-2].strip() + "}}",)
    if kind != "word":
        return (text.replace("−", "-").lstrip("+"),)
    word = text.casefold().strip("_")
    if word in _CONTRACTIONS:
        return tuple(_CONTRACTIONS[word].split())
    for ending, full in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending), full
    if elided := _ELISION.fullmatch(word):
        return elided.groups()
    return (word,) if word else ()
