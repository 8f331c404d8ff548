"""Two answers with the words marked that only one of them has."""

from dataclasses import dataclass

from registry.domain.diff.segments import Budget, Segment, compare_texts

LONGEST = 20_000  # characters of an answer that are compared and shown
SECONDS = 0.05
FOLD_ABOVE = 1_200  # characters
ALIKE = 0.4  # share of equal characters below which marks would only be noise


@dataclass(frozen=True)
class Words:
    """An answer in pieces (text, only here?); `left_out` characters are not shown."""

    pieces: tuple[tuple[str, bool], ...] = ()
    left_out: int = 0

    @property
    def folded(self) -> bool:
        """Is it so long that it opens only when asked?"""
        return sum(len(text) for text, _ in self.pieces) > FOLD_ABOVE

    @property
    def beginning(self) -> str:
        """The first words of a folded answer."""
        return "".join(text for text, _ in self.pieces)[:160].rsplit(" ", 1)[0] + " …"


@dataclass(frozen=True)
class Marked:
    """Both answers, and how they differ in a sentence."""

    ours: Words
    theirs: Words
    said: str = ""


def marked(ours: str | None, theirs: str | None) -> Marked:
    """Return both answers for reading; None stands for one that there is not."""
    one, other = (ours or "")[:LONGEST], (theirs or "")[:LONGEST]
    rest = (len(ours or "") - len(one), len(theirs or "") - len(other))
    plain = Marked(_plain(one, rest[0]), _plain(other, rest[1]))
    if ours is None or theirs is None:
        return plain
    if ours == theirs:
        return Marked(plain.ours, plain.theirs, "The same answer, word for word.")
    found = compare_texts(other, one, Budget(SECONDS))
    same = sum(len(piece.text) for piece in found if piece.op == "equal")
    if same < ALIKE * max(len(one), len(other)):
        return Marked(plain.ours, plain.theirs, "The answers have little in common.")
    return Marked(
        Words(_side(found, "insert"), rest[0]),
        Words(_side(found, "delete"), rest[1]),
        "Underlined: words that only this answer has.",
    )


def _plain(text: str, left_out: int) -> Words:
    return Words(((text, False),) if text else (), left_out)


def _side(segments: tuple[Segment, ...], own: str) -> tuple[tuple[str, bool], ...]:
    return tuple((s.text, s.op == own) for s in segments if s.op in ("equal", own))
