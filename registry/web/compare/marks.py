"""Pieces of compared text as HTML: every piece escaped, what cannot be seen shown as a chip."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from registry.domain.diff import Segment
from registry.domain.template import parse
from registry.domain.unseen import Unseen, blanked, has_unseen, unseen

FOLD_ABOVE = 1_500  # characters of unchanged text inside one line
FOLD_KEEPS = 300  # of them shown on each side of the fold
LONGEST_BLANKS = 20  # blanks at the end of a line that are drawn one by one

_BLANKS = " \t\u00a0"
_TAGS = {"equal": "{}", "delete": "<del>{}</del>", "insert": "<ins>{}</ins>"}


@dataclass
class Allowance:
    """What one page may still hold, so that no text, however odd, makes it endless.

    Once the `marks` are used up, variables go unmarked and hidden characters stand as ▯.
    """

    lines: int = 5_000
    marks: int = 5_000

    def take(self) -> bool:
        """Use up one mark; False when none is left."""
        self.marks -= 1
        return self.marks >= 0


def line_html(pieces: Sequence[Segment], allowance: Allowance | None = None) -> SafeString:
    """Return one line: unchanged, deleted and inserted pieces, without its line end.

    A piece that ends in "\\n" is a deleted or inserted line break, shown as a chip. Blanks at
    the end of the line are shown as a chip; long unchanged stretches are folded.
    """
    allowed = allowance or Allowance()
    if len(pieces) == 1 and _is_simple(pieces[0]):
        return escape(pieces[0].text)
    last = len(pieces) - 1
    return format_html_join(
        "", "{}", ((_piece_html(p, allowed, ends_line=i == last),) for i, p in enumerate(pieces))
    )


def _is_simple(piece: Segment) -> bool:
    """Is this a line as most are: unchanged, short, with nothing in it to mark?"""
    text = piece.text
    plain = piece.op == "equal" and len(text) <= FOLD_ABOVE and "{{" not in text
    return plain and text.rstrip(_BLANKS) == text and not has_unseen(text)


def _piece_html(piece: Segment, allowed: Allowance, *, ends_line: bool) -> SafeString:
    """Return one piece in its tag."""
    text, broken = piece.text, piece.text.endswith("\n")
    if broken:
        text = text[:-1]
    if piece.op == "equal" and len(text) > FOLD_ABOVE:
        return _folded(text, allowed, ends_line)
    inner = _plain(text, allowed, ends_line or broken)
    if broken and piece.op != "equal":
        inner = format_html('{}<span class="hidden-char" title="line break">↵</span>', inner)
    return format_html(_TAGS[piece.op], inner)


def _folded(text: str, allowed: Allowance, ends_line: bool) -> SafeString:
    """Return a long unchanged stretch with its middle folded, cut between words."""
    start = text.rfind(" ", 0, FOLD_KEEPS) + 1 or FOLD_KEEPS
    end = text.find(" ", len(text) - FOLD_KEEPS)
    end = end if end > start else len(text) - FOLD_KEEPS
    return format_html(
        '{}<details class="fold inline"><summary>show {} characters</summary>{}</details>{}',
        _plain(text[:start], allowed, False),
        f"{end - start:,}",
        _plain(text[start:end], allowed, False),
        _plain(text[end:], allowed, ends_line),
    )


def _plain(text: str, allowed: Allowance, ends_line: bool) -> SafeString:
    """Return escaped text with variables marked and hidden characters as chips."""
    body = text.rstrip(_BLANKS) if ends_line else text
    blanks = text[len(body) :]
    html = format_html_join("", "{}", ((piece,) for piece in _atoms(body, allowed)))
    if not blanks:
        return html
    return format_html(
        '{}<span class="hidden-char" title="{} at the end of the line">{}</span>',
        html,
        _count_of_blanks(blanks),
        _blanks(blanks),
    )


def _atoms(text: str, allowed: Allowance) -> Iterator[SafeString]:
    """Yield escaped stretches, variables and chips."""
    if "{{" not in text or allowed.marks <= 0:
        yield from _chips(text, allowed)
        return
    for span in parse(text).spans:
        stretch = text[span.start : span.end]
        if span.name is None:
            yield from _chips(stretch, allowed)
        elif allowed.take():
            yield format_html('<span class="variable">{}</span>', stretch)
        else:
            yield escape(blanked(text[span.start :]))
            return


def _chips(text: str, allowed: Allowance) -> Iterator[SafeString]:
    """Yield escaped stretches with a chip for whatever a reader would not notice in them."""
    if not has_unseen(text):
        yield escape(text)
        return
    start = 0
    for found in unseen(text):
        if not allowed.take():
            break
        yield escape(text[start : found.start])
        yield _chip(found, text[found.start : found.end])
        start = found.end
    yield escape(blanked(text[start:]) if allowed.marks < 0 else text[start:])


def _chip(found: Unseen, stretch: str) -> SafeString:
    """Return the name of what is hidden; letters that show stand before theirs."""
    codes = " ".join(f"U+{ord(char):04X}" for char in stretch[:8])
    shown = stretch if found.seen else ""
    return format_html(
        '{}<span class="hidden-char" title="{}">{}</span>', shown, codes, found.words
    )


def _blanks(blanks: str) -> str:
    """Return blanks as signs that show, many of one kind as their number."""
    if len(blanks) > LONGEST_BLANKS:
        return _count_of_blanks(blanks)
    return blanks.replace(" ", "·").replace("\t", "→").replace("\u00a0", "°")


def _count_of_blanks(blanks: str) -> str:
    count = len(blanks)
    return "1 blank" if count == 1 else f"{count:,} blanks"
