"""Export a stretch of one audit chain so that an outsider can check it without our database.

The hash of an event is the SHA-256, in hexadecimal, of the UTF-8 of a JSON list of these
fifteen values, in this order: previous_hash, chain, seq, project_id, at, action, actor_id,
actor_name, object_type, object_id, object_name, before, after, reason, request_id. The list
is written without spaces and with real Unicode letters; seq, project_id and actor_id are
numbers or null; `at` ends in +00:00 where the export writes Z. The previous_hash of an event
is the hash of the event before it. `registry/audit/outsider.py` does this with Python alone.

JSONL: the first line is the header, each further line one event. CSV: the first line is `#`
and the header, the second the names of the columns; a cell that begins with an apostrophe
has one put in front that is not part of the text (`registry.domain.csv_cells`); an empty
cell of a number is null.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max, Min, QuerySet

from registry.audit.models import ChainHead, Event
from registry.domain.csv_cells import BOM, csv_lines
from registry.domain.periods import Period

HASHED = (
    *("previous_hash", "chain", "seq", "project_id", "at", "action", "actor_id", "actor_name"),
    *("object_type", "object_id", "object_name", "before", "after", "reason", "request_id"),
)
COLUMNS = (*HASHED, "hash")
RECIPE = (
    f"hash = SHA-256 (hex) of the UTF-8 of the JSON list [{', '.join(HASHED)}] written without "
    "spaces, with real Unicode letters; seq, project_id, actor_id are numbers or null; at ends "
    "in +00:00 instead of Z; previous_hash is the hash of the event before. In CSV, first take "
    "one apostrophe off cells that begin with one; an empty number is null."
)


@dataclass(frozen=True)
class Export:
    """A stretch of a chain without gaps, and what ties its ends to the rest."""

    chain: str
    first: Event | None
    last: Event | None
    head: ChainHead | None
    period: Period
    made_at: datetime

    def header(self) -> dict[str, Any]:
        """Return what stands in the first line: the ends of the stretch and the recipe."""
        return {
            "format": "promptcms audit trail 1",
            "chain": self.chain,
            "from": utc_words(self.period.start),
            "until": utc_words(self.period.end),
            "exported_at": utc_words(self.made_at),
            "first_seq": self.first.seq if self.first else None,
            "first_previous_hash": self.first.previous_hash if self.first else None,
            "last_seq": self.last.seq if self.last else None,
            "last_hash": self.last.hash if self.last else None,
            "head_seq": self.head.seq if self.head else None,
            "head_hash": self.head.hash if self.head else None,
            "recipe": RECIPE,
        }

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield each event of the stretch, oldest first, by the names of the columns."""
        if self.first is None or self.last is None:
            return
        seqs = (self.first.seq, self.last.seq)
        rows = Event.objects.filter(chain=self.chain, seq__range=seqs).order_by("seq")
        for row in rows.values(*COLUMNS).iterator(chunk_size=1000):
            yield {**row, "at": utc_words(row["at"])}

    def jsonl(self) -> Iterator[str]:
        """Yield the lines of the JSONL file."""
        yield json.dumps(self.header(), ensure_ascii=False) + "\n"
        for event in self.events():
            yield json.dumps(event, ensure_ascii=False) + "\n"

    def csv(self) -> Iterator[str]:
        """Yield the lines of the CSV file."""
        header = "# " + json.dumps(self.header(), ensure_ascii=False)
        yield BOM + next(csv_lines([[header]]))
        yield from csv_lines([COLUMNS])
        yield from csv_lines(event.values() for event in self.events())


def export(chain: str, period: Period, *, now: datetime) -> Export:
    """Return every event of `chain` in `period`: nothing is filtered out, or no hash would fit."""
    # The head first: an event written meanwhile then lies behind it, never the other way round.
    head = ChainHead.objects.filter(chain=chain).first()
    ends = within(Event.objects.filter(chain=chain), period).aggregate(
        first=Min("seq"), last=Max("seq")
    )
    found = {
        event.seq: event
        for event in Event.objects.filter(chain=chain, seq__in=[s for s in ends.values() if s])
    }
    return Export(
        chain=chain,
        first=found.get(ends["first"]),
        last=found.get(ends["last"]),
        head=head,
        period=period,
        made_at=now,
    )


def within(events: QuerySet[Event], period: Period) -> QuerySet[Event]:
    """Narrow `events` to a period."""
    if period.start:
        events = events.filter(at__gte=period.start)
    if period.end:
        events = events.filter(at__lt=period.end)
    return events


def utc_words(moment: datetime | None) -> str | None:
    """Return `2026-11-21T12:50:00.123Z`, as exports and the API write moments."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
