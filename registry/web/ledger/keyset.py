"""Pages of the ledger that stay fast however long it grows: each begins where one ended."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from registry.release.models import LabelEvent

ROWS = 50


@dataclass(frozen=True)
class Page:
    """Some moves, newest first, and where the next older ones begin ("" at the end)."""

    moves: list[LabelEvent]
    older: str
    is_first: bool


def page_of(moves: QuerySet[LabelEvent], before: str) -> Page:
    """Return the page that begins below `before`, the mark of an earlier page's last move."""
    mark = _read(before)
    if mark:
        at, pk = mark
        moves = moves.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    # First the keys alone: to sort whole rows with their versions takes many times as long.
    keys = list(moves.select_related(None).defer(None).values_list("pk", flat=True)[: ROWS + 1])
    shown = list(moves.filter(pk__in=keys[:ROWS]))
    last = shown[-1] if len(keys) > ROWS else None
    return Page(shown, f"{last.at.isoformat()},{last.pk}" if last else "", mark is None)


def _read(before: str) -> tuple[datetime, int] | None:
    """Return the moment and id of a mark; None when it cannot be read."""
    at, _, pk = before.partition(",")
    try:
        moment, number = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return None
    # The first and the last years have moments that UTC has no number for.
    if moment.tzinfo is None or not 2000 <= moment.year <= 2100 or not 0 <= number < 2**63:
        return None
    return moment.astimezone(UTC), number  # PostgreSQL refuses an offset beyond sixteen hours
