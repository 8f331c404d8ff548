"""Write one audit event, in the transaction of the change that it tells of."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import IntegrityError, models, transaction

from registry.audit.actions import ACTIONS
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.models import ChainHead, Event
from registry.domain.canonical import canonical, sha256
from registry.projects.models import Project

SITE = "site"


def record(
    action: str,
    target: models.Model,
    *,
    actor: Actor,
    project: Project | None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Event:
    """Append an event about `target` to its project's chain (the site's without a project).

    `before` and `after` hold strings, integers and booleans only: ids, numbers and
    digests, never prompt text or keys. Raises ValueError for an unregistered action and
    RuntimeError outside a transaction: without the row there must be no change.
    """
    if action not in ACTIONS:
        raise ValueError(f"Unknown action {action!r}; register it in registry/audit/actions.py.")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An audit event is written in the transaction of its change.")
    head = _lock(f"project:{project.pk}" if project else SITE)
    event = Event(
        chain=head.chain,
        seq=head.seq + 1,
        project=project,
        at=database_now(),
        action=action,
        actor=actor.person,
        actor_name=actor.name,
        object_type=target._meta.model_name or "",
        object_id=str(target.pk),
        object_name=str(target)[:300],
        before=canonical(dict(before) if before is not None else None),
        after=canonical(dict(after) if after is not None else None),
        reason=reason,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        previous_hash=head.hash,
    )
    event.hash = link_hash(event)
    event.save(force_insert=True)
    ChainHead.objects.filter(chain=head.chain).update(seq=event.seq, hash=event.hash)
    return event


def link_hash(event: Event) -> str:
    """Return the hash that ties `event` to the one before it."""
    return sha256(
        canonical(
            [
                event.previous_hash,
                event.chain,
                event.seq,
                event.project_id,
                event.at.isoformat(timespec="milliseconds"),
                event.action,
                event.actor_id,
                event.actor_name,
                event.object_type,
                event.object_id,
                event.object_name,
                event.before,
                event.after,
                event.reason,
                event.request_id,
            ]
        )
    )


def _lock(chain: str) -> ChainHead:
    """Lock the head of `chain`, made on first use (two at once: one makes it)."""
    try:
        return ChainHead.objects.select_for_update().get(chain=chain)
    except ChainHead.DoesNotExist:
        try:
            with transaction.atomic():
                ChainHead.objects.create(chain=chain)
        except IntegrityError:
            pass  # somebody else made it a moment ago
        return ChainHead.objects.select_for_update().get(chain=chain)
