"""Is one word the other, spelt differently?"""

import re

from registry.domain.risk.word_lists import INFLECTIONS, OPPOSITES, WEIGHTY, Language

_LETTERS = re.compile("[a-z\u00df-\u024f']+")


def respelt(old: str, new: str, language: Language) -> bool:
    """Is the change from `old` to `new` a spelling correction, as far as letters can tell?

    One letter in a word of five, two in a word of eight; in a shorter word one letter, if it
    turns a word nobody knows into a function word (teh, the). Never for negations, modals
    and number words, never at the first letter, where prefixes turn the meaning round.
    """
    if not (_LETTERS.fullmatch(old) and _LETTERS.fullmatch(new)):
        return False
    if old[0] != new[0] or old in WEIGHTY or new in WEIGHTY or _opposite(old, new):
        return False
    shorter = min(len(old), len(new))
    steps = _distance(old, new)
    if steps == 1 and 3 <= shorter < 5:
        return (old in language.function_words) != (new in language.function_words)
    return steps <= (0 if shorter < 5 else 1 if shorter < 8 else 2)


def misspelt(old: str, words: frozenset[str], language: Language) -> bool:
    """Is `old` a broken form of one of `words`, and neither one of them nor an inflection?"""
    return (
        len(old) >= 6
        and old not in words
        and any(
            respelt(old, word, language)
            and word.removeprefix(old) not in INFLECTIONS
            and old.removeprefix(word) not in INFLECTIONS
            for word in words
        )
    )


def confused(old: tuple[str, ...], new: tuple[str, ...], language: Language) -> bool:
    """Are these two spellings that people mix up (its, it is)?"""
    return any(old in group and new in group for group in language.confused)


def _opposite(old: str, new: str) -> bool:
    """Do the words differ by a part of opposite meaning (hyper, hypo)?"""
    return any(
        old.replace(one, other) == new or new.replace(one, other) == old for one, other in OPPOSITES
    )


def _distance(old: str, new: str) -> int:
    """Return the edit distance with swapped neighbours as one step (optimal string alignment).

    Anything above 2 is reported as 3, and very long words are not measured.
    """
    if abs(len(old) - len(new)) > 2 or max(len(old), len(new)) > 40:
        return 3
    before: list[int] = []
    row = list(range(len(new) + 1))
    for i, a in enumerate(old, 1):
        last, row = row, [i]
        for j, b in enumerate(new, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == new[j - 2] and old[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before = last
    return min(row[-1], 3)
