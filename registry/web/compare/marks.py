"""Pieces of compared text as HTML: every piece escaped, what cannot be seen shown as a chip."""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from registry.domain.diff import Segment
from registry.domain.template import parse
from registry.domain.unicode import hidden_characters

FOLD_ABOVE = 1_500  # characters of unchanged text inside one line
FOLD_KEEPS = 300  # of them shown on each side of the fold

_TRAILING = re.compile(r"[ \t\u00a0]+\Z")
_TAGS = {"equal": "{}", "delete": "<del>{}</del>", "insert": "<ins>{}</ins>"}


def line_html(pieces: Sequence[Segment]) -> SafeString:
    """Return one line: unchanged, deleted and inserted pieces, without its line end.

    A piece that ends in "\\n" is a deleted or inserted line break, shown as a chip. Blanks at
    the end of the line are shown as a chip; long unchanged stretches are folded.
    """
    last = len(pieces) - 1
    return format_html_join(
        "", "{}", ((_piece_html(p, ends_line=i == last),) for i, p in enumerate(pieces))
    )


def text_html(text: str) -> SafeString:
    """Return text that stands alone, its lines as they are."""
    return format_html_join("\n", "{}", ((_plain(row, True),) for row in text.split("\n")))


def _piece_html(piece: Segment, *, ends_line: bool) -> SafeString:
    """Return one piece in its tag."""
    text, broken = piece.text, piece.text.endswith("\n")
    if broken:
        text = text[:-1]
    if piece.op == "equal" and len(text) > FOLD_ABOVE:
        return _folded(text, ends_line)
    inner = _plain(text, ends_line or broken)
    if broken and piece.op != "equal":
        inner = format_html('{}<span class="hidden-char" title="line break">↵</span>', inner)
    return format_html(_TAGS[piece.op], inner)


def _folded(text: str, ends_line: bool) -> SafeString:
    """Return a long unchanged stretch with its middle folded, cut between words."""
    start = text.rfind(" ", 0, FOLD_KEEPS) + 1 or FOLD_KEEPS
    end = text.find(" ", len(text) - FOLD_KEEPS)
    end = end if end > start else len(text) - FOLD_KEEPS
    return format_html(
        '{}<details class="fold inline"><summary>show {} unchanged characters</summary>'
        "{}</details>{}",
        _plain(text[:start], False),
        f"{end - start:,}",
        _plain(text[start:end], False),
        _plain(text[end:], ends_line),
    )


def _plain(text: str, ends_line: bool) -> SafeString:
    """Return escaped text with variables marked and hidden characters as chips."""
    blank = _TRAILING.search(text) if ends_line else None
    body = text[: blank.start()] if blank else text
    html = format_html_join("", "{}", ((piece,) for piece in _atoms(body)))
    if blank is None:
        return html
    return format_html(
        '{}<span class="hidden-char" title="{} at the end of the line">{}</span>',
        html,
        _count_of_blanks(blank.group()),
        blank.group().replace(" ", "·").replace("\t", "→").replace("\u00a0", "°"),
    )


def _atoms(text: str) -> Iterator[SafeString]:
    """Yield escaped stretches, variables and chips."""
    if "{{" not in text:
        yield from _chips(text)
        return
    for span in parse(text).spans:
        stretch = text[span.start : span.end]
        if span.name is None:
            yield from _chips(stretch)
        else:
            yield format_html('<span class="variable">{}</span>', stretch)


def _chips(text: str) -> Iterator[SafeString]:
    """Yield escaped stretches with a chip for each hidden character between them."""
    start = 0
    for hidden in hidden_characters(text):
        yield escape(text[start : hidden.index])
        yield format_html(
            '<span class="hidden-char" title="{}">{}</span>', hidden.name, hidden.codepoint
        )
        start = hidden.index + 1
    yield escape(text[start:])


def _count_of_blanks(blanks: Iterable[str]) -> str:
    count = len(list(blanks))
    return "1 blank" if count == 1 else f"{count} blanks"
