"""How text is cut: into display tokens for the diff, and into bare words for risk.

Combining marks stay with their letter, `{{variable}}` is one token, and characters of
scripts written without spaces (Chinese, Japanese, Thai, Khmer, …) are tokens of their own.
"""

import re

# Scripts that put no space between words: one character is the smallest honest unit.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks that must not be torn from the character before them.
MARKS = "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u102b-\u103e\u17b4-\u17d3\u3099\u309a"
# Punctuation; letters, marks and emoji are everything else that is not a blank.
_PUNCTUATION = (
    r"!-/:-@\[-^`{-~\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    r"\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u22ff"
    r"\u3000-\u3003\u3008-\u301f\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
LETTER = rf"[^\s{_PUNCTUATION}{UNSPACED}]"
# As in `registry.domain.template`, where the grammar is explained.
VARIABLE = r"\{\{[ \t]*+[A-Za-z_][A-Za-z0-9_]{0,63}+[ \t]*+\}\}"
# Apostrophes and hyphens join letters, separators join digits: don't, 1,000.50, 14:05.
# `(?>…)` and not `(…)*+`: Python 3.11.2 forgets the last letter when a possessive group fails.
_WORD = rf"{LETTER}++(?>(?:(?:['’‑-]|(?<=\d)[.,:](?=\d)){LETTER}++)*)"

_TOKEN = re.compile(rf"(?:{VARIABLE}|[{UNSPACED}][{MARKS}]*+|{_WORD}|\S)\s*+|\s+")
_WORDLIKE = re.compile(rf"{VARIABLE}|[{UNSPACED}][{MARKS}]*+|{_WORD}")
_UNSPACED_CHAR = re.compile(f"[{UNSPACED}]")


def tokens(text: str) -> list[str]:
    """Return display tokens, each with the blanks after it; joined they are `text` again."""
    return _TOKEN.findall(text)


def words(text: str) -> list[str]:
    """Return the words of `text` without blanks and punctuation."""
    return _WORDLIKE.findall(text)


def count_words(text: str) -> int:
    """Return how many words `text` has."""
    return sum(1 for _ in _WORDLIKE.finditer(text))


def mostly_unspaced(text: str) -> bool:
    """Is more than half of the word count characters of scripts without spaces?"""
    return 2 * len(_UNSPACED_CHAR.findall(text)) > count_words(text)
