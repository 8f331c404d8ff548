"""Stretches of time as bars: where each begins and how wide it is, for a page without scripts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from registry.release.exposure import LABELS, Spell

NARROWEST = 0.4  # percent of the width, so that a short stretch is still seen


@dataclass(frozen=True)
class Bar:
    """One stretch; `left` and `width` are CSS percentages, `title` says it in words."""

    left: str
    width: str
    words: str
    title: str
    tone: str


@dataclass(frozen=True)
class Bars:
    """The rows of a drawing, by label, and the words at both ends of its axis."""

    rows: list[tuple[str, list[Bar]]]
    first: datetime
    last: datetime

    @property
    def words(self) -> str:
        """Everything that is drawn, for those who do not see it."""
        return " ".join(bar.title for _, bars in self.rows for bar in bars)


def bars_of(
    spells: Sequence[Spell], *, now: datetime, start: datetime | None = None, shares: bool = False
) -> Bars | None:
    """Draw `spells` up to `now`; with `shares`, bars say the share instead of the version.

    Returns None when there is nothing to draw.
    """
    shown = [spell for spell in spells if start is None or (spell.end or now) > start]
    if not shown:
        return None
    first = max(start, min(s.start for s in shown)) if start else min(s.start for s in shown)
    last = max([spell.end or now for spell in shown])
    rows = [
        (label, list(_row([s for s in shown if s.label == label], first, last, shares)))
        for label in LABELS
    ]
    return Bars([(label, bars) for label, bars in rows if bars], first, last)


def _row(spells: Sequence[Spell], first: datetime, last: datetime, shares: bool) -> Iterable[Bar]:
    whole = max((last - first).total_seconds(), 1)
    for number, spell in enumerate(spells):
        left = max((spell.start - first).total_seconds(), 0) / whole * 100
        right = ((spell.end or last) - first).total_seconds() / whole * 100
        left = min(left, 100 - NARROWEST)
        width = max(min(right, 100) - left, NARROWEST)
        yield Bar(
            left=f"{left:.2f}%",
            width=f"{width:.2f}%",
            words=spell.share if shares else spell.semver,
            title=_title(spell),
            tone="odd" if number % 2 else "even",
        )


def _title(spell: Spell) -> str:
    end = _words(spell.end) if spell.end else "now"
    share = f" ({spell.share})" if spell.share else ""
    return f"{spell.label} {spell.semver}{share} from {_words(spell.start)} to {end}."


def _words(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y %H:%M %Z}"
