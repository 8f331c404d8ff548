"""Events as people did them: everything that one click wrote stands together."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from registry.audit.changes import Change, changes_of
from registry.audit.models import Event
from registry.audit.words import action_words
from registry.domain.fields import whole_number

ROWS = 60  # events looked at for a page


@dataclass(frozen=True)
class Line:
    """One event with its words and what it changed."""

    event: Event

    @property
    def words(self) -> str:
        """What was done, after the name of who did it."""
        return action_words(self.event.action)

    @property
    def changes(self) -> list[Change]:
        """The changed fields."""
        return changes_of(self.event)


@dataclass(frozen=True)
class Group:
    """The events of one request, in the order in which they were written."""

    lines: list[Line]

    @property
    def first(self) -> Line:
        """The event that the others followed from."""
        return self.lines[0]


@dataclass(frozen=True)
class Page:
    """Some groups, newest first; `older` is where the next ones begin, None at the end.

    `cut` says that the last group goes on there: one click wrote more than a page holds.
    """

    groups: list[Group]
    older: int | None
    is_first: bool
    cut: bool = False


def page_of(events: QuerySet[Event], before: str) -> Page:
    """Return the page of `events` (newest first) below the event number `before`."""
    mark = whole_number(before)
    if mark is not None:
        events = events.filter(seq__lt=mark)
    rows = list(events[: ROWS + 1])
    more = len(rows) > ROWS
    runs = _runs(rows[:ROWS])
    cut = more and _same(rows[ROWS - 1], rows[ROWS])
    if cut and len(runs) > 1:  # the group that does not end here waits for the next page
        runs, cut = runs[:-1], False
    older = runs[-1][-1].seq if more else None
    groups = [Group([Line(event) for event in reversed(run)]) for run in runs]
    return Page(groups, older, mark is None, cut)


def _runs(events: Sequence[Event]) -> list[list[Event]]:
    """Return neighbours of one request together."""
    runs: list[list[Event]] = []
    for event in events:
        if runs and _same(runs[-1][-1], event):
            runs[-1].append(event)
        else:
            runs.append([event])
    return runs


def _same(one: Event, other: Event) -> bool:
    return bool(one.request_id) and one.request_id == other.request_id
