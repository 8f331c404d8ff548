"""Write one audit event, in the transaction of the change that it tells of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
PROJECT = "project:"  # begins the name of every other chain
_BATCH = 200


@dataclass(frozen=True)
class Entry:
    """One of several changes that are made at once; as the arguments of `record`."""

    action: str
    target: models.Model
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


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
    entry = Entry(action, target, before, after)
    return record_all([entry], actor=actor, project=project, reason=reason)[0]


def record_all(
    entries: Sequence[Entry], *, actor: Actor, project: Project | None, reason: str = ""
) -> list[Event]:
    """Append an event for each entry, in their order, with few queries: see `record`."""
    for entry in entries:
        if entry.action not in ACTIONS:
            raise ValueError(
                f"Unknown action {entry.action!r}; register it in registry/audit/actions.py."
            )
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An audit event is written in the transaction of its change.")
    if not entries:
        return []
    head = _lock(chain_of(project) if project else SITE)
    at = database_now()
    events: list[Event] = []
    seq, previous = head.seq, head.hash
    for entry in entries:
        seq += 1
        event = Event(
            chain=head.chain,
            seq=seq,
            project=project,
            at=at,
            action=entry.action,
            actor=actor.person,
            actor_name=actor.name,
            object_type=entry.target._meta.model_name or "",
            object_id=str(entry.target.pk),
            object_name=str(entry.target)[:300],
            before=canonical(dict(entry.before) if entry.before is not None else None),
            after=canonical(dict(entry.after) if entry.after is not None else None),
            reason=reason,
            request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
            previous_hash=previous,
        )
        event.hash = previous = link_hash(event)
        events.append(event)
    Event.objects.bulk_create(events, batch_size=_BATCH)
    ChainHead.objects.filter(chain=head.chain).update(seq=seq, hash=previous)
    return events


def chain_of(project: Project) -> str:
    """Return the name of the project's chain."""
    return f"{PROJECT}{project.pk}"


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
