"""Compared texts as lines, in stretches to show and stretches to fold away."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

from django.utils.safestring import SafeString

from registry.domain.diff import Part, Row, Segment, rows
from registry.web.compare.marks import Allowance, line_html

CONTEXT = 2  # unchanged lines shown around a change
FEWEST = 3  # lines worth folding

Line = tuple[Segment, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block(Generic[T]):
    """Lines that stand together; `folded` ones wait behind "show N lines"."""

    lines: Sequence[T]
    folded: bool


@dataclass(frozen=True, slots=True)
class InlineLine:
    """A line of both versions at once; `number` is its line in the new one, from 1."""

    html: SafeString
    kind: str  # equal, changed, or removed: a line of the old version only
    number: int | None


@dataclass(frozen=True, slots=True)
class SideLine:
    """A line of each version, side by side; a missing side has no number."""

    kind: str
    old_number: int | None
    old: SafeString
    new_number: int | None
    new: SafeString


def inline_blocks(part: Part, allowed: Allowance | None = None) -> list[Block[InlineLine]]:
    """Return the part as one text with deletions and insertions in place, as far as allowed."""
    allowed = allowed or Allowance()
    blocks = _fold(_numbered(_within(part.segments, allowed)), lambda found: _unchanged(found[0]))
    return [Block([_inline(*found, allowed) for found in b.lines], b.folded) for b in blocks]


def side_blocks(part: Part, allowed: Allowance | None = None) -> list[Block[SideLine]]:
    """Return the part as two columns, as far as allowed."""
    allowed = allowed or Allowance()
    blocks = _fold(rows(_within(part.segments, allowed)), lambda row: row.kind == "equal")
    return [Block([_side(row, allowed) for row in b.lines], b.folded) for b in blocks]


def _within(segments: Iterable[Segment], allowed: Allowance) -> list[Segment]:
    """Return the segments with as many lines as the page may still hold, cut at a line end."""
    kept: list[Segment] = []
    for segment in segments:
        room, breaks = max(0, allowed.lines), segment.text.count("\n")
        if breaks < room:
            kept.append(segment)
        elif room:
            kept.append(Segment(segment.op, "\n".join(segment.text.split("\n", room)[:room])))
        allowed.lines -= breaks
    allowed.lines -= 1
    return kept


def _inline(line: Line, number: int | None, allowed: Allowance) -> InlineLine:
    changed = "removed" if number is None else "changed"
    return InlineLine(line_html(line, allowed), "equal" if _unchanged(line) else changed, number)


def _side(row: Row, allowed: Allowance) -> SideLine:
    return SideLine(
        row.kind,
        row.old_number,
        line_html(row.old, allowed),
        row.new_number,
        line_html(row.new, allowed),
    )


def _unchanged(line: Line) -> bool:
    return all(piece.op == "equal" for piece in line)


def _numbered(segments: Iterable[Segment]) -> list[tuple[Line, int | None]]:
    """Return the lines, each with its number in the new text.

    A deleted line break leaves two lines here that are one there: both bear its number. A
    line of which the new text has nothing bears none.
    """
    found: list[tuple[Line, int | None]] = []
    number = 1
    for line in _lines(segments):
        ends = not line or line[-1].op != "delete" or not line[-1].text.endswith("\n")
        stays = not line or any(piece.op != "delete" for piece in line)
        found.append((line, number if stays else None))
        number += ends
    return found


def _lines(segments: Iterable[Segment]) -> Iterator[Line]:
    """Yield the text line by line; a deleted or inserted line break keeps its "\\n"."""
    line: list[Segment] = []
    for segment in segments:
        *whole, rest = segment.text.split("\n")
        for text in whole:
            end = "" if segment.op == "equal" else "\n"
            if text or end:
                line.append(Segment(segment.op, text + end))
            yield tuple(line)
            line = []
        if rest:
            line.append(Segment(segment.op, rest))
    if line:
        yield tuple(line)


def _fold(lines: Sequence[T], unchanged: Callable[[T], bool]) -> list[Block[T]]:
    """Cut `lines` into blocks, folding unchanged lines that are far from any change."""
    shown = [False] * len(lines)
    for index, line in enumerate(lines):
        if not unchanged(line):
            for near in range(max(0, index - CONTEXT), min(len(lines), index + CONTEXT + 1)):
                shown[near] = True
    blocks: list[Block[T]] = []
    for is_shown, group in groupby(range(len(lines)), key=lambda index: shown[index]):
        stretch = [lines[index] for index in group]
        blocks.append(Block(stretch, folded=not is_shown and len(stretch) >= FEWEST))
    return blocks
