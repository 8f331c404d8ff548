"""The only writers of clearance and rollout state: compare-and-swap, with the audit event."""

from typing import Any

from django.db import IntegrityError, transaction

from promptcms.guards import sentence_of
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import Clearance, RolloutState, can_clear, can_roll
from registry.release.models import Release, Rollout


@transaction.atomic
def change_clearance(
    release: Release, *, to: Clearance, actor: Actor, reason: str, **fields: Any
) -> Release:
    """Move `release` from the state it was read in to `to`, setting `fields` with it.

    Raises Stale when somebody was first, Refused when the edge is not in the table or
    the database holds that the evidence is missing.
    """
    before = Clearance(release.state)
    if not can_clear(before, to):
        raise Refused(f"{release.version} is {_words(before)}; it cannot become {_words(to)}.")
    try:
        with transaction.atomic():
            changed = Release.objects.filter(pk=release.pk, state=before.value).update(
                state=to.value, changed_at=database_now(), **fields
            )
    except IntegrityError as refusal:
        raise Refused(sentence_of(refusal)) from refusal
    if not changed:
        raise Stale
    record(
        "release.state_changed",
        release.version,
        actor=actor,
        project=release.prompt.project,
        reason=reason,
        before={"state": before.value},
        after={"state": to.value, "risk": fields.get("risk", release.risk)},
    )
    release.refresh_from_db()
    return release


@transaction.atomic
def change_rollout(
    rollout: Rollout, *, to: RolloutState, action: str, actor: Actor, reason: str, **fields: Any
) -> Rollout:
    """Move `rollout` to `to` (or keep its state), raising its epoch and setting `fields`.

    Compares state and epoch with what was read. Raises Stale or Refused.
    """
    before = RolloutState(rollout.state)
    if to is not before and not can_roll(before, to):
        raise Refused(f"The {rollout} is {_words(before)}; it cannot become {_words(to)}.")
    try:
        with transaction.atomic():
            changed = Rollout.objects.filter(
                pk=rollout.pk, state=before.value, epoch=rollout.epoch
            ).update(state=to.value, epoch=rollout.epoch + 1, **fields)
    except IntegrityError as refusal:
        raise Refused(sentence_of(refusal)) from refusal
    if not changed:
        raise Stale
    record(
        action,
        rollout.version,
        actor=actor,
        project=rollout.prompt.project,
        reason=reason,
        before={"state": before.value, "percent": rollout.percent},
        after={"state": to.value, "percent": fields.get("percent", rollout.percent)},
    )
    rollout.refresh_from_db()
    return rollout


def _words(state: Clearance | RolloutState) -> str:
    return state.value.replace("_", " ")
