"""The difference of two texts: lines first, then words inside the lines that changed.

The result is one flat list of segments. Joined, equal and deleted ones are the old text,
equal and inserted ones the new text, exactly and always: when time runs out the answer gets
coarser, never wrong.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic

from registry.domain.alignment import Op, Step, align
from registry.domain.tokens import tokens

SECONDS_A_STEP = 0.3
SECONDS_IN_ALL = 0.6

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that stayed (`equal`), went (`delete`) or came (`insert`)."""

    op: Op
    text: str


@dataclass
class Budget:
    """How long one comparison may search: one budget is shared by all its texts."""

    seconds: float = SECONDS_IN_ALL
    started: float = field(default_factory=monotonic)

    def left(self) -> float:
        """Return the seconds that the next step may take."""
        return min(SECONDS_A_STEP, self.seconds - (monotonic() - self.started))


def lines(text: str) -> list[str]:
    """Return the lines with their "\\n"."""
    return _LINE.findall(text)


def line_steps(old: Sequence[str], new: Sequence[str], budget: Budget) -> list[Step]:
    """Return the steps between two lists of lines."""
    left = budget.left()
    return align(old, new, left, tidy=left > 0)


def compare_texts(old: str, new: str, budget: Budget) -> tuple[Segment, ...]:
    """Return the segments that lead from `old` to `new`."""
    if old == new:
        return (Segment("equal", old),) if old else ()
    old_lines, new_lines = lines(old), lines(new)
    pieces: list[Segment] = []
    gone: list[str] = []
    came: list[str] = []
    for step in line_steps(old_lines, new_lines, budget):
        if step.op == "equal":
            pieces.extend(_words("".join(gone), "".join(came), budget))
            gone, came = [], []
            pieces.append(Segment("equal", "".join(old_lines[step.old_start : step.old_end])))
        else:
            gone.extend(old_lines[step.old_start : step.old_end])
            came.extend(new_lines[step.new_start : step.new_end])
    pieces.extend(_words("".join(gone), "".join(came), budget))
    return tuple(_merged(pieces))


def _words(old: str, new: str, budget: Budget) -> Iterator[Segment]:
    """Yield the segments of a changed block, word by word while the budget lasts."""
    left = budget.left()
    if not old or not new or left <= 0:
        yield from (Segment("delete", old), Segment("insert", new))
        return
    old_tokens, new_tokens = tokens(old), tokens(new)
    # Words are lined up without the blanks after them, so that a new line end or a word
    # added behind does not make its neighbour look changed.
    steps = align(_bare(old_tokens), _bare(new_tokens), left, tidy=True)
    for step in steps:
        gone = old_tokens[step.old_start : step.old_end]
        came = new_tokens[step.new_start : step.new_end]
        if step.op == "equal":
            yield from _same_words(gone, came)
        else:
            yield Segment(step.op, "".join(gone or came))


def _same_words(old: Sequence[str], new: Sequence[str]) -> Iterator[Segment]:
    """Yield segments for words that are equal but for the blanks after them."""
    same: list[str] = []
    for before, after in zip(old, new, strict=True):
        if before == after:
            same.append(before)
            continue
        # The word and the blanks that both have after it: a new indent leaves its line end.
        kept = _common_start(before, after)
        yield Segment("equal", "".join((*same, before[:kept])))
        yield Segment("delete", before[kept:])
        yield Segment("insert", after[kept:])
        same = []
    yield Segment("equal", "".join(same))


def _bare(found: Iterable[str]) -> list[str]:
    """Return the tokens without the blanks after them; a blank token stays."""
    return [token.rstrip() or token for token in found]


def _merged(pieces: Iterable[Segment]) -> list[Segment]:
    """Join neighbours: between two equal segments at most one deletion, then one insertion.

    Blanks that both end with go to the equal text after them, so that a changed word is
    marked without the space or line end behind it.
    """
    merged: list[Segment] = []
    stayed: list[str] = []
    gone: list[str] = []
    came: list[str] = []
    for piece in pieces:
        if piece.op == "delete":
            gone.append(piece.text)
        elif piece.op == "insert":
            came.append(piece.text)
        elif piece.text:
            if gone or came:
                stayed = [_close(merged, stayed, gone, came)]
                gone, came = [], []
            stayed.append(piece.text)
    _add(merged, "equal", _close(merged, stayed, gone, came))
    return merged


def _close(
    merged: list[Segment], stayed: Sequence[str], gone: Sequence[str], came: Sequence[str]
) -> str:
    """Add what stayed, then a change after it; return the blanks that both its sides end with."""
    before, after = "".join(gone), "".join(came)
    blank = _common_blank_end(before, after)
    _add(merged, "equal", "".join(stayed))
    _add(merged, "delete", before[: len(before) - blank])
    _add(merged, "insert", after[: len(after) - blank])
    return before[len(before) - blank :]


def _add(merged: list[Segment], op: Op, text: str) -> None:
    """Add a segment, unless it is empty."""
    if text:
        merged.append(Segment(op, text))


def _common_start(one: str, other: str) -> int:
    """Return how many characters both texts start with alike."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _common_blank_end(one: str, other: str) -> int:
    """Return how many characters both texts end with alike, as far as they are blanks."""
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        if not one[-1 - count].isspace():
            break
        count += 1
    return count
