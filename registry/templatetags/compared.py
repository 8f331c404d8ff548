"""Compared texts on pages: escaped, differing words marked, what hides in them shown."""

from collections.abc import Iterable, Iterator

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from registry.domain.diff import Segment
from registry.web.compare.marks import Allowance, line_html

register = template.Library()


@register.filter
def old_side(segments: Iterable[Segment]) -> SafeString:
    """Return the old text, what went from it in <del>."""
    return _side(segments, "delete")


@register.filter
def new_side(segments: Iterable[Segment]) -> SafeString:
    """Return the new text, what came to it in <ins>."""
    return _side(segments, "insert")


@register.filter
def with_chips(text: object) -> SafeString:
    """Return text as it is, what hides in it shown as chips."""
    return _side([Segment("equal", str(text))], "equal")


def _side(segments: Iterable[Segment], op: str) -> SafeString:
    allowed = Allowance(marks=500)
    lines = _lines(piece for piece in segments if piece.op in ("equal", op))
    return format_html_join("\n", "{}", ((line_html(line, allowed),) for line in lines))


def _lines(pieces: Iterable[Segment]) -> Iterator[list[Segment]]:
    """Yield the text line by line, without line ends."""
    line: list[Segment] = []
    for piece in pieces:
        first, *rest = piece.text.split("\n")
        line.append(Segment(piece.op, first))
        for text in rest:
            yield line
            line = [Segment(piece.op, text)]
    yield line
