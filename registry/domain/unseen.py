"""What a reader would not notice in a text, as stretches with words for it.

Beside the hidden characters of `registry.domain.unicode`: spaces that are no plain space, and
letters of another alphabet inside a Latin word (`pаypal` with a Cyrillic а).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby

from registry.domain.unicode import HIDDEN, is_joiner_in_place, name_of

MOST_NAMES = 3  # kinds of characters named in one stretch
LONGEST_TAGS = 40  # letters of smuggled tag characters that are spelt out

# The ideographic space (U+3000) is left out: Chinese and Japanese are written with it.
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f"
_UNSEEN = re.compile(f"[{HIDDEN}{_SPACES}]+")
# Cyrillic, then Greek letters that look like Latin ones in common typefaces.
_ALIKE = "АВЕЅІЈКМНОРСТУХаеорсухіјѕԁԛԝһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυχ"
_ALIKES = re.compile(f"[{_ALIKE}]+")
_WORD = re.compile(r"\w+")
_LATIN = re.compile("[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Unseen:
    """The stretch `text[start:end]`; `words` names what stands there.

    `seen` tells letters that do show, only not as what they are.
    """

    start: int
    end: int
    words: str
    seen: bool = False


def unseen(text: str) -> Iterator[Unseen]:
    """Yield every such stretch of `text`, in order; hidden neighbours are one stretch."""
    return merge(_hidden(text), _lookalikes(text), key=lambda found: found.start)


def blanked(text: str) -> str:
    """Return `text` with a ▯ for each stretch of hidden characters: shown, but not named."""
    return _UNSEEN.sub("▯", text)


def has_unseen(text: str) -> bool:
    """May `text` hold something unseen? Quick, and never a wrong no."""
    return bool(_UNSEEN.search(text) or _ALIKES.search(text))


def _hidden(text: str) -> Iterator[Unseen]:
    for match in _UNSEEN.finditer(text):
        start, end = match.span()
        if end - start > 1 or not is_joiner_in_place(text, start):
            yield Unseen(start, end, _names(match.group()))


def _names(run: str) -> str:
    """Return `zero width space × 3, word joiner`; tag characters are spelt out."""
    kinds = [(name, len(list(same))) for name, same in groupby(run, key=_kind_of)]
    words = [f"{name} × {count}" if count > 1 else name for name, count in kinds[:MOST_NAMES]]
    if len(kinds) > MOST_NAMES:
        words.append(f"and {sum(count for _, count in kinds[MOST_NAMES:])} more")
    spelt = "".join(chr(ord(char) - 0xE0000) for char in run if 0xE0020 <= ord(char) <= 0xE007E)
    if spelt:
        cut = spelt if len(spelt) <= LONGEST_TAGS else f"{spelt[:LONGEST_TAGS]}…"
        words.append(f"“{cut}”")
    return ", ".join(words)


def _kind_of(char: str) -> str:
    return "tag character" if 0xE0000 <= ord(char) <= 0xE007F else name_of(char)


def _lookalikes(text: str) -> Iterator[Unseen]:
    """Yield look-alike letters in words that also have Latin ones."""
    if not _ALIKES.search(text):
        return
    for word in _WORD.finditer(text):
        if not _LATIN.search(word.group()):
            continue
        for match in _ALIKES.finditer(text, *word.span()):
            names = dict.fromkeys(map(name_of, match.group()))
            yield Unseen(*match.span(), ", ".join(list(names)[:MOST_NAMES]), seen=True)
