"""What the changed words of one text mean: nothing, or at least a MINOR change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from registry.domain.alignment import Step, align, common_length
from registry.domain.risk.reading import SIGNS, Reading
from registry.domain.risk.spelling import confused, misspelt, respelt
from registry.domain.risk.word_lists import (
    EXAMPLES,
    FORMATS,
    MODALS,
    NEGATIONS,
    NUMBERS,
    WEIGHTY,
    Language,
)

# Up to here the lining up runs to the end, so that one edit always gets one answer.
MOST_WORDS = 20_000
MOST_CHANGES = 300
# A changed passage this short is quoted with the words around it.
SHORT = 3

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A changed stretch: words `old_start:old_end` became `new_start:new_end`."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class Wording:
    """What was found in one pair of texts. `meaning` makes it MINOR; `harmless` says why not."""

    meaning: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()


def kept_words(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many words stayed, in order.

    Above 20,000 words, pairs of neighbouring words are counted instead of lined up: nearly
    the same number for running text, in linear time and memory.
    """
    start, end = _common_ends(old, new)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(old), len(new)) <= MOST_WORDS:
        return start + end + common_length(old, new)
    left: dict[tuple[str, str], int] = {}
    for pair in pairwise(old):
        left[pair] = left.get(pair, 0) + 1
    kept = start + end
    for pair in pairwise(new):
        if left.get(pair, 0):
            left[pair] -= 1
            kept += 1
    return kept


def _common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many words are the same at the start, and at the end of the rest."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end


def compare_wording(old: Reading, new: Reading, language: Language | None) -> Wording:
    """Return what the changed words mean. `language` is None when no word list fits."""
    if old.words == new.words:
        return Wording()
    changed = len(old.words) + len(new.words) - 2 * kept_words(old.words, new.words)
    spread = max(len(old.words), len(new.words)) - sum(_common_ends(old.words, new.words))
    if changed > MOST_CHANGES or spread > MOST_WORDS:
        return Wording(meaning=(f"{changed} words were added, removed or moved.",))
    blocks = _blocks(align(old.words, new.words, None))
    harmless = [_harmless(old, new, block, language) for block in blocks]
    if all(harmless):
        return Wording(harmless=tuple(dict.fromkeys(filter(None, harmless))))
    return Wording(meaning=tuple(_reasons(old, new, language, blocks)))


def _blocks(steps: Iterable[Step]) -> list[Block]:
    """Return the changed stretches between equal ones."""
    blocks: list[Block] = []
    for step in steps:
        if step.op == "equal":
            continue
        if blocks and blocks[-1].old_end == step.old_start and blocks[-1].new_end == step.new_start:
            first = blocks.pop()
            blocks.append(Block(first.old_start, step.old_end, first.new_start, step.new_end))
        else:
            blocks.append(Block(step.old_start, step.old_end, step.new_start, step.new_end))
    return blocks


def _harmless(old: Reading, new: Reading, block: Block, language: Language | None) -> str:
    """Return why this change cannot alter the meaning, or "" if it may."""
    gone = old.words[block.old_start : block.old_end]
    came = new.words[block.new_start : block.new_end]
    if language is None:
        return ""
    if "".join(gone) == "".join(came) and not {*gone, *came} & WEIGHTY:
        return f"Only spelling changed: {_turned(old, new, block)}."
    if _repeats(old.words, block.old_start, block.old_end, came) or _repeats(
        new.words, block.new_start, block.new_end, gone
    ):
        return f"Only a repetition changed: {_turned(old, new, block)}."
    if confused(gone, came, language):
        return f"Only spelling changed: {_turned(old, new, block)}."
    bare_gone = tuple(word for word in gone if word not in language.fillers)
    bare_came = tuple(word for word in came if word not in language.fillers)
    if bare_gone == bare_came:
        return f"Only small words changed: {_turned(old, new, block)}."
    stray = len(bare_gone) == 1 and not bare_came
    if (
        _all_respelt(gone, came, language)
        or _all_respelt(bare_gone, bare_came, language)
        or (stray and misspelt(bare_gone[0], frozenset(new.words), language))
    ):
        return f"Only spelling changed: {_turned(old, new, block)}."
    return ""


def _turned(old: Reading, new: Reading, block: Block) -> str:
    """Return what became of this block: `“a” became “b”`, `“a” was removed`."""
    before = old.quote(block.old_start, block.old_end)
    after = new.quote(block.new_start, block.new_end)
    if before and after:
        return f"“{before}” became “{after}”"
    return f"“{after or before}” was {'added' if after else 'removed'}"


def _all_respelt(gone: Words, came: Words, language: Language) -> bool:
    """Are these as many words, each the same or respelt?"""
    return len(gone) == len(came) and all(
        a == b or confused((a,), (b,), language) or respelt(a, b, language)
        for a, b in zip(gone, came, strict=True)
    )


def _repeats(words: Words, start: int, end: int, other: Words) -> bool:
    """Do the words `start:end`, with nothing on the other side, repeat their neighbours?"""
    length = end - start
    run = words[start:end]
    return (
        length > 0
        and not other
        and all(word.isalpha() and word not in WEIGHTY for word in run)
        and (words[max(0, start - length) : start] == run or words[end : end + length] == run)
    )


def _reasons(
    old: Reading, new: Reading, language: Language | None, exact: Sequence[Block]
) -> list[str]:
    """Return a sentence for each change of meaning, in passages a person can read."""
    tidy = _blocks(align(old.words, new.words, None, tidy=True))
    for blocks in (tidy, exact):
        left = [block for block in blocks if not _harmless(old, new, block, language)]
        if left:
            moved = _moved(old, new, left)
            return [*moved.values(), *(_sentence(old, new, b) for b in left if b not in moved)]
    return []


def _moved(old: Reading, new: Reading, blocks: Sequence[Block]) -> dict[Block, str]:
    """Return the removals whose words came back elsewhere, and those places, with a sentence."""
    came = {
        new.words[block.new_start : block.new_end]: block
        for block in blocks
        if block.old_start == block.old_end
    }
    moved: dict[Block, str] = {}
    for block in blocks:
        there = came.pop(old.words[block.old_start : block.old_end], None)
        if block.new_start == block.new_end and there is not None:
            sentence = f"“{old.quote(block.old_start, block.old_end)}” was moved."
            moved |= {block: sentence, there: sentence}
    return moved


def _sentence(old: Reading, new: Reading, block: Block) -> str:
    """Say what changed here, where if it is short, and what about it matters."""
    said = _turned(old, new, block)
    gone = old.words[block.old_start : block.old_end]
    came = new.words[block.new_start : block.new_end]
    if max(len(gone), len(came)) <= SHORT:
        side, start, end = (
            (new, block.new_start, block.new_end) if came else (old, block.old_start, block.old_end)
        )
        around = side.quote(max(0, start - SHORT), min(len(side.words), end + SHORT))
        if around != side.quote(start, end):
            said += f" in “{around}”"
    kinds = _kinds(gone, came)
    return f"{said}: {', '.join(kinds)}." if kinds else f"{said}."


def _kinds(gone: Words, came: Words) -> list[str]:
    """Name what came or went that steers a model most."""
    changed = set(gone) ^ set(came)
    found = {
        "a negation": bool(changed & NEGATIONS),
        "an obligation or limit": bool(changed & MODALS),
        "a number": any(word in NUMBERS or word.lstrip("-")[:1].isdigit() for word in changed),
        "a sign": len(changed) <= 2 * SHORT and any(word in SIGNS for word in changed),
        "a variable": any(word.startswith("{{") for word in changed),
        "a placeholder or tag": any(
            word[0] in "<{[$" and len(word) > 2 and not word.startswith("{{") for word in changed
        ),
        "an example": bool(changed & EXAMPLES),
        "the form of the answer": bool(changed & FORMATS),
    }
    return [kind for kind, here in found.items() if here]
