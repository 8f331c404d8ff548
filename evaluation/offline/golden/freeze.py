"""Make the next snapshot of what a person has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, latest_snapshot
from evaluation.offline.golden.compare import CaseChange, cases_in, documents_of
from evaluation.offline.golden.edit import edits_of
from evaluation.offline.models import CaseEdit, Dataset, Snapshot
from registry.audit.actor import Actor
from registry.domain.errors import Refused, Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.access import require


@dataclass(frozen=True)
class Pending(CaseChange):
    """One changed case; `theirs` says that the newest snapshot has it otherwise than it began."""

    theirs: bool = False


def pending_of(dataset: Dataset, actor: Actor) -> list[Pending]:
    """Return what `actor` has changed since the newest snapshot, in the order they began."""
    edits = list(edits_of(dataset, actor))
    latest = latest_snapshot(dataset) if edits else None
    ids = [edit.case_id for edit in edits]
    rows = cases_in(latest, ids) if latest else []
    frozen = documents_of(rows)
    return [_pending(edit, frozen.get(edit.case_id)) for edit in edits]


@transaction.atomic
def freeze_edits(dataset: Dataset, *, actor: Actor, reason: str) -> Snapshot:
    """Freeze the latest cases, as `actor` has changed them, as the next snapshot.

    New cases come last. Raises NotPermitted; ContentError (reason) without one; Stale when
    others changed one of the cases meanwhile; Refused when there is nothing to freeze or a
    limit is broken.
    """
    require(actor, Action.EDIT_DATASETS, dataset.project)
    if not reason.strip():
        raise ContentError("reason", "Say in a sentence why the cases change.")
    # Before the look at the latest: two people who freeze at once both keep their changes.
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    pending = pending_of(dataset, actor)
    if not pending:
        raise Refused("Nothing has changed. Edit a case first.")
    if theirs := [change.case_id for change in pending if change.theirs]:
        raise Stale(
            f"Others changed {_some(theirs)} since you began. Open what is marked, and keep or "
            "undo yours."
        )
    latest = latest_snapshot(dataset)
    after = {c.case_id: c.after for c in pending}
    frozen = cases_in(latest) if latest else []
    known = {case.case_id for case in frozen}
    cases = [_now(case, after) for case in frozen]
    cases += [_now(NewCase(case_id), after) for case_id in after if case_id not in known]
    snapshot = add_snapshot(
        dataset, cases=[case for case in cases if case], actor=actor, reason=reason
    )
    edits_of(dataset, actor).delete()
    return snapshot


def _pending(edit: CaseEdit, frozen: Mapping[str, Any] | None) -> Pending:
    theirs = edit.before != frozen and edit.after != frozen
    return Pending(edit.case_id, edit.before, edit.after, theirs)


def _now(case: NewCase, after: Mapping[str, Any]) -> NewCase | None:
    """Return the case as it was changed to, or as it is."""
    if case.case_id not in after:
        return case
    document = after[case.case_id]
    return NewCase.from_document(document) if document else None


def _some(names: list[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
