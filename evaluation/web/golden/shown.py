"""Which cases of a snapshot a page shows: by words, by tag, and from which one on."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from evaluation.offline.models import Case, Snapshot
from registry.domain.fields import whole_number

CASES_A_PAGE = 50
_LONGEST = 200  # characters of a search


@dataclass(frozen=True)
class Asked:
    """What the address asks for.

    `version` is the number of an older snapshot; `after` the position of the case that stands
    before the page.
    """

    words: str = ""
    tag: str = ""
    version: str = ""
    after: int = 0

    @property
    def is_narrow(self) -> bool:
        """Is anything but the place asked for?"""
        return bool(self.words or self.tag)

    def query(self, **changed: Any) -> str:
        """Return the query string of the same search with something changed; nothing is 0."""
        kept = {"q": self.words, "tag": self.tag, "v": self.version, "after": self.after}
        kept = {name: value for name, value in {**kept, **changed}.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


@dataclass(frozen=True)
class Shown:
    """A page of cases: its rows, how many fit in all, its neighbours, and every tag's count."""

    asked: Asked
    rows: list[Case]
    fitting: int
    total: int
    first: int
    previous: int | None
    following: int | None
    tags: list[tuple[str, int]]

    @property
    def last(self) -> int:
        """The number of the last row among those that fit, from 1."""
        return self.first + len(self.rows) - 1

    @property
    def back(self) -> str:
        """The query string of the page before, or ""."""
        return "" if self.previous is None else self.asked.query(after=self.previous) or "?"

    @property
    def on(self) -> str:
        """The query string of the page after, or ""."""
        return "" if self.following is None else self.asked.query(after=self.following)


def read_asked(asked: Mapping[str, str] | QueryDict) -> Asked:
    """Read an address; nonsense is left out."""
    return Asked(
        words=str(asked.get("q", ""))[:_LONGEST].strip(),
        tag=str(asked.get("tag", ""))[:_LONGEST],
        version=str(asked.get("v", ""))[:20],
        after=whole_number(str(asked.get("after", ""))) or 0,
    )


def shown_cases(snapshot: Snapshot | None, asked: Asked) -> Shown:
    """Return the page of `snapshot` that is asked for, with two queries."""
    if snapshot is None:
        return Shown(asked, [], 0, 0, 0, None, None, [])
    facts = _facts(snapshot, asked)
    counts = Counter(tag for _, tags, _ in facts for tag in tags)
    fitting = fitting_positions(facts, asked)
    start = bisect_right(fitting, asked.after)
    chosen = fitting[start : start + CASES_A_PAGE]
    rows = snapshot.cases.filter(position__in=chosen).order_by("position")
    more = len(fitting) > start + CASES_A_PAGE
    before = start - CASES_A_PAGE
    return Shown(
        asked=asked,
        rows=list(rows),
        fitting=len(fitting),
        total=len(facts),
        first=start + 1,
        previous=None if not start else fitting[before - 1] if before > 0 else 0,
        following=chosen[-1] if more else None,
        tags=sorted(counts.items()),
    )


def fitting_ids(snapshot: Snapshot | None, asked: Asked) -> list[str]:
    """Return the ids of every case that fits, in their order, on whatever page it stands."""
    if snapshot is None:
        return []
    fitting = set(fitting_positions(_facts(snapshot, asked), asked))
    rows = snapshot.cases.order_by("position").values_list("position", "case_id")
    return [case_id for position, case_id in rows if position in fitting]


Facts = Sequence[tuple[int, Sequence[str], str]]


def fitting_positions(facts: Facts, asked: Asked) -> list[int]:
    """Return the positions of the cases that fit, ascending."""
    words = asked.words.casefold()
    return [
        position
        for position, tags, text in facts
        if (not asked.tag or asked.tag in tags) and words in text.casefold()
    ]


def _facts(snapshot: Snapshot, asked: Asked) -> Facts:
    """Return (position, tags, text to search in) of every case.

    Searched here and not by the database, which knows no small form of Ä on every system.
    """
    rows = snapshot.cases.order_by("position")
    if not asked.words:
        return [(position, tags, "") for position, tags in rows.values_list("position", "tags")]
    names = ("position", "tags", "case_id", "query", "reference", "context", "inputs")
    return [
        (position, tags, "\n".join([*texts, *context, *map(str, inputs.values())]))
        for position, tags, *texts, context, inputs in rows.values_list(*names)
    ]
