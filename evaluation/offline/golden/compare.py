"""What differs between two snapshots of a dataset: cases added, taken out, and changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import new_case
from evaluation.offline.models import Snapshot

Document = Mapping[str, Any]
FIELDS = {
    "query": "query",
    "inputs": "variables",
    "context": "context",
    "reference": "reference",
    "tags": "tags",
    "checks": "checks",
    "cluster": "cluster",
    "messages": "messages",
}  # of a document, and in words


@dataclass(frozen=True)
class CaseChange:
    """One case that differs: both of its documents, None on the side where it is not."""

    case_id: str
    before: Document | None
    after: Document | None

    @property
    def what(self) -> str:
        """What happened, in a word: added, taken out, changed."""
        if self.before is None:
            return "added"
        return "taken out" if self.after is None else "changed"

    @property
    def fields(self) -> list[str]:
        """The fields that differ, by name, in the order people read them."""
        return changed_fields(self.before or {}, self.after or {})


def changed_fields(before: Document, after: Document) -> list[str]:
    """Return which fields of two documents differ; an absent field is an empty one."""
    return [name for name in FIELDS if (before.get(name) or None) != (after.get(name) or None)]


def changes_between(old: Snapshot, new: Snapshot) -> list[CaseChange]:
    """Return what differs from `old` to `new`: changed, then added, then taken out."""
    return changes_of(cases_in(old), cases_in(new))


def changes_of(old: Sequence[NewCase], new: Sequence[NewCase]) -> list[CaseChange]:
    """Return what differs from one list of cases to another, in the same order."""
    before, after = documents_of(old), documents_of(new)
    changed = [
        CaseChange(case_id, before[case_id], document)
        for case_id, document in after.items()
        if case_id in before and before[case_id] != document
    ]
    added = [CaseChange(i, None, doc) for i, doc in after.items() if i not in before]
    gone = [CaseChange(i, doc, None) for i, doc in before.items() if i not in after]
    return [*changed, *added, *gone]


def summary_of(changes: Sequence[CaseChange]) -> str:
    """Return `3 changed, 1 added`; "" when nothing differs."""
    words = [change.what for change in changes]
    counted = [(words.count(what), what) for what in ("changed", "added", "taken out")]
    return ", ".join(f"{count:,} {what}" for count, what in counted if count)


def cases_in(snapshot: Snapshot, ids: Collection[str] | None = None) -> list[NewCase]:
    """Return the cases of `snapshot` in its order: every one, or those with `ids`."""
    rows = snapshot.cases.order_by("position")
    return [new_case(row) for row in (rows if ids is None else rows.filter(case_id__in=ids))]


def documents_of(cases: Sequence[NewCase]) -> dict[str, dict[str, Any]]:
    """Return the document of each case by its id."""
    return {case.case_id: case.document() for case in cases}
