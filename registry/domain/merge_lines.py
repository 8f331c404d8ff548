"""Merge two edits of one text line by line; where both changed the same lines, mark both.

The marks are lines of their own that nobody writes by chance, so that a text which still
holds one can be recognised and refused (`marks_left`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.domain.alignment import align

OPENS = "<<<<<<< yours:"
SECONDS = 1.0  # for each side; beyond that the lines are lined up more coarsely
CLOSES = ">>>>>>> keep one of the two, then delete these three lines"
_BETWEEN = re.compile(r"={7} .{1,200}, \d{1,9}\.\d{1,9}\.\d{1,9}:")


@dataclass(frozen=True, slots=True)
class Theirs:
    """Whose text is merged in: the person's name and the number of their version."""

    who: str
    number: str

    @property
    def divider(self) -> str:
        """The line between one's own words and theirs."""
        name = " ".join(self.who.split())[:150] or "somebody"
        return f"======= {name}, {self.number}:"


@dataclass(frozen=True, slots=True)
class MergedText:
    """The text, the line (from 1) of each mark that opens a conflict, and the clean changes."""

    text: str
    conflicts: tuple[int, ...] = ()
    taken: int = 0  # stretches that were taken over from theirs


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines `start:end` of the base became `lines`; `start == end` is an insertion."""

    start: int
    end: int
    lines: tuple[str, ...]


def merge_texts(base: str, mine: str, theirs: str, *, by: Theirs) -> MergedText:
    """Return `mine` with what `theirs` changed in `base`; marks where both changed a line."""
    start = base.split("\n")
    left = list(_changes(start, mine.split("\n")))
    # The same edit on both sides is lined up once, so that it is one edit also under the clock.
    right = left if mine == theirs else list(_changes(start, theirs.split("\n")))
    merged: list[str] = []
    conflicts: list[int] = []
    taken = at = 0
    for ours, others in _groups(left, right):
        low = min(c.start for c in (*ours, *others))
        high = max(c.end for c in (*ours, *others))
        merged += start[at:low]
        at = high
        kept, came = _applied(start, ours, low, high), _applied(start, others, low, high)
        if not ours:
            taken += 1
        if not others or kept == came:
            merged += kept
        elif not ours:
            merged += came
        else:
            conflicts.append(len(merged) + 1)
            merged += [OPENS, *kept, by.divider, *came, CLOSES]
    merged += start[at:]
    return MergedText("\n".join(merged), tuple(conflicts), taken)


def marks_left(text: str) -> list[int]:
    """Return the line (from 1) of each mark that still stands in `text`."""
    if not any(sign in text for sign in ("<<<<<<<", "=======", ">>>>>>>")):
        return []
    return [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() in (OPENS, CLOSES) or _BETWEEN.fullmatch(line.strip())
    ]


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Change]:
    """Yield what changed, in order; neighbouring deletions and insertions are one change."""
    start: int | None = None
    end, lines = 0, list[str]()
    for step in align(old, new, SECONDS):
        if step.op == "equal":
            if start is not None:
                yield _Change(start, end, tuple(lines))
            start, lines = None, []
            continue
        if start is None:
            start = end = step.old_start
        end = max(end, step.old_end)
        lines += new[step.new_start : step.new_end]
    if start is not None:
        yield _Change(start, end, tuple(lines))


def _groups(
    left: Sequence[_Change], right: Sequence[_Change]
) -> Iterator[tuple[list[_Change], list[_Change]]]:
    """Yield the changes of both sides in order, those that touch the same lines together."""
    i = j = 0
    while i < len(left) or j < len(right):
        ours: list[_Change] = []
        others: list[_Change] = []
        if j == len(right) or (i < len(left) and _first(left[i], right[j])):
            ours.append(left[i])
            i += 1
        else:
            others.append(right[j])
            j += 1
        grown = True
        while grown:
            grown = False
            if i < len(left) and any(_collide(left[i], change) for change in others):
                ours.append(left[i])
                i, grown = i + 1, True
            if j < len(right) and any(_collide(right[j], change) for change in ours):
                others.append(right[j])
                j, grown = j + 1, True
        yield ours, others


def _first(one: _Change, other: _Change) -> bool:
    return (one.start, one.end) <= (other.start, other.end)


def _collide(one: _Change, other: _Change) -> bool:
    """Do both touch the same lines, or insert at the same place?"""
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    return max(one.start, other.start) < min(one.end, other.end) or (
        other.start < one.start == one.end < other.end
        or one.start < other.start == other.end < one.end
    )


def _applied(base: Sequence[str], changes: Sequence[_Change], low: int, high: int) -> list[str]:
    """Return the lines `low:high` of the base with `changes` made in them."""
    lines: list[str] = []
    at = low
    for change in changes:
        lines += [*base[at : change.start], *change.lines]
        at = change.end
    return [*lines, *base[at:high]]
