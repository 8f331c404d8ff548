"""Segments as lines: for a side-by-side table, or an inline list with line numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

from registry.domain.diff.segments import Segment

RowKind = Literal["equal", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; numbers count from 1, `None` where that side has no line.

    The segments of a side hold its text without the line end.
    """

    kind: RowKind
    old_number: int | None
    new_number: int | None
    old: tuple[Segment, ...]
    new: tuple[Segment, ...]


Line = tuple[Segment, ...]


@dataclass
class _Side:
    """One side while it is built: finished lines not yet in a row, and the open line."""

    done: list[Line] = field(default_factory=list)
    open: list[Segment] = field(default_factory=list)
    number: int = 0

    def add(self, segment: Segment) -> None:
        first, *rest = segment.text.split("\n")
        self._append(segment, first)
        for text in rest:
            self.end_line()
            self._append(segment, text)

    def end_line(self) -> None:
        self.done.append(tuple(self.open))
        self.open = []

    def _append(self, segment: Segment, text: str) -> None:
        if text:
            self.open.append(Segment(segment.op, text))


def rows(segments: Iterable[Segment]) -> list[Row]:
    """Return the lines of both sides next to each other."""
    old, new = _Side(), _Side()
    table: list[Row] = []
    for segment in segments:
        if segment.op == "delete":
            old.add(segment)
        elif segment.op == "insert":
            new.add(segment)
        else:
            if not old.open and not new.open:
                _flush(old, new, table)
            for number, text in enumerate(segment.text.split("\n")):
                if number:
                    old.end_line()
                    new.end_line()
                    _flush(old, new, table)
                if text:
                    old.open.append(Segment("equal", text))
                    new.open.append(Segment("equal", text))
    for side in (old, new):
        if side.open:
            side.end_line()
    _flush(old, new, table)
    return table


def _flush(old: _Side, new: _Side, table: list[Row]) -> None:
    """Move the finished lines of both sides into rows, side by side from the top."""
    for left, right in zip_longest(old.done, new.done):
        old.number += left is not None
        new.number += right is not None
        table.append(
            Row(
                _kind(left, right),
                None if left is None else old.number,
                None if right is None else new.number,
                left or (),
                right or (),
            )
        )
    old.done.clear()
    new.done.clear()


def _kind(left: Line | None, right: Line | None) -> RowKind:
    """Return what happened to this line."""
    if left is None:
        return "added"
    if right is None:
        return "removed"
    return "equal" if left == right else "changed"
