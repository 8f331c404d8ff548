"""Change cases one by one or several at once; `freeze.py` makes the next snapshot of it.

What a person changes waits in rows of theirs, one a case, so that nothing typed is lost and no
snapshot is made for every key. Nothing is decided yet, so there is no audit event. A row knows
what the case was like before: where the newest snapshot says otherwise, somebody else was
first, and the person chooses.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from evaluation.offline.cases import LIST_LENGTH, BadCase, NewCase, read_case
from evaluation.offline.datasets import latest_snapshot, new_case
from evaluation.offline.models import CaseEdit, Dataset
from registry.audit.actor import Actor
from registry.domain.canonical import canonical, sha256
from registry.domain.errors import Refused, Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.access import require

_BATCH = 500
Change = Callable[[NewCase], NewCase | None]


def edits_of(dataset: Dataset, actor: Actor) -> "QuerySet[CaseEdit]":
    """Return what `actor` has changed and not frozen yet, in the order they began."""
    return CaseEdit.objects.filter(dataset=dataset, person=actor.person)


def mark_of(case: NewCase | None) -> str:
    """Return what a form remembers of the case it showed, to notice that somebody was first."""
    return sha256(canonical(case.document())) if case else ""


def frozen_case(dataset: Dataset, case_id: str) -> NewCase | None:
    """Return the case as the newest snapshot has it, or None."""
    latest = latest_snapshot(dataset)
    row = latest.cases.filter(case_id=case_id).first() if latest else None
    return new_case(row) if row else None


@transaction.atomic
def keep_case(dataset: Dataset, *, case: NewCase, seen: str, actor: Actor) -> None:
    """Keep `case` for the next snapshot, in place of the one with its id.

    `seen` is `mark_of` the frozen case that the form showed, "" for a new one. Raises
    NotPermitted; ContentError (case_id) when a new case takes an id that is taken; Stale when
    a newer snapshot has the case otherwise than it was shown.
    """
    _begin(dataset, actor)
    frozen = frozen_case(dataset, case.case_id)
    if frozen and not seen:
        raise ContentError("case_id", f"{dataset} has a case {case.case_id} already.")
    if mark_of(frozen) != seen:
        raise Stale(
            "Somebody made a new snapshot meanwhile, in which this case is different. "
            "Look at theirs below, then keep yours again."
        )
    _keep(dataset, actor, {case.case_id: (frozen, case)})


@transaction.atomic
def change_several(
    dataset: Dataset, *, case_ids: Iterable[str], change: Change, actor: Actor
) -> int:
    """Keep what `change` makes of each case (None: take it out); return how many differ.

    Starts from what `actor` has changed so far. Raises NotPermitted, or BadCase when a case
    cannot be as `change` makes it: then none is changed.
    """
    _begin(dataset, actor)
    wanted = set(case_ids)
    latest = latest_snapshot(dataset)
    rows = latest.cases.order_by("position") if latest else ()
    frozen = {row.case_id: new_case(row) for row in rows if row.case_id in wanted}
    edits = {edit.case_id: edit for edit in edits_of(dataset, actor) if edit.case_id in wanted}
    changed: dict[str, tuple[NewCase | None, NewCase | None]] = {}
    for case_id in dict.fromkeys([*frozen, *edits]):
        edit = edits.get(case_id)
        now = _case(edit.after) if edit else frozen[case_id]
        if now is not None and (after := change(now)) != now:
            changed[case_id] = (_case(edit.before) if edit else frozen[case_id], after)
    _keep(dataset, actor, changed)
    return len(changed)


def tagged(*, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Change:
    """Return a change that gives cases some tags and takes others. Raises BadCase."""
    added = read_case({"query": "?", "tags": list(add)}, default_id="").tags

    def change(case: NewCase) -> NewCase:
        kept = [tag for tag in case.tags if tag not in remove]
        tags = tuple(dict.fromkeys([*kept, *added]))
        if len(tags) > LIST_LENGTH:
            raise BadCase([f"{case.case_id} would have {len(tags)} tags; {LIST_LENGTH} are most."])
        return replace(case, tags=tags)

    return change


def taken_out(case: NewCase) -> NewCase | None:
    """Take a case out of the next snapshot."""
    return None


def undo(dataset: Dataset, *, actor: Actor, case_ids: Iterable[str] | None = None) -> int:
    """Forget what `actor` changed, in some cases or in all; return in how many."""
    require(actor, Action.EDIT_DATASETS, dataset.project)
    rows = edits_of(dataset, actor)
    if case_ids is not None:
        rows = rows.filter(case_id__in=list(case_ids))
    return rows.delete()[0]


def _begin(dataset: Dataset, actor: Actor) -> None:
    require(actor, Action.EDIT_DATASETS, dataset.project)
    if actor.person is None:
        raise Refused("Sign in to change cases.")


def _keep(
    dataset: Dataset,
    actor: Actor,
    changed: Mapping[str, tuple[NewCase | None, NewCase | None]],
) -> None:
    """Write a row for each (before, after), and none where both are the same."""
    rows = [
        CaseEdit(
            dataset=dataset,
            person=actor.person,
            case_id=case_id,
            before=before.document() if before else None,
            after=after.document() if after else None,
        )
        for case_id, (before, after) in changed.items()
        if before != after
    ]
    idle = [case_id for case_id, (before, after) in changed.items() if before == after]
    edits_of(dataset, actor).filter(case_id__in=idle).delete()
    CaseEdit.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["dataset", "person", "case_id"],
        update_fields=["before", "after", "changed_at"],
    )


def _case(document: Mapping[str, Any] | None) -> NewCase | None:
    return NewCase.from_document(document) if document else None
