"""Change what people read about a prompt. Its text is changed only by saving a version."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.access import require, roles_of
from registry.projects.models import Person
from registry.prompts.about import checked_description, checked_tags, checked_title
from registry.prompts.models import Prompt
from registry.release.entry import write_entry
from registry.release.labels import lock_prompt


@transaction.atomic
def edit_prompt(
    prompt: Prompt,
    *,
    title: str,
    description: str,
    tags: Sequence[str],
    seen: int,
    actor: Actor,
    reason: str,
    owner: Person | None = None,
) -> Prompt:
    """Change title, description, tags and owner; without `owner` nobody owns it then.

    `seen` is the history row that the person looked at. Raises ContentError naming the
    field, NotPermitted, or Stale when somebody was first.
    """
    require(actor, Action.EDIT_PROMPT, prompt.project)
    prompt = lock_prompt(prompt)
    if last_history(prompt) != seen:
        raise Stale
    prompt.title = checked_title(title)
    prompt.description = checked_description(description)
    prompt.tags = checked_tags(tags)
    if owner is not None and owner.pk != prompt.owner_id:
        check_owner(prompt, owner)
    prompt.owner = owner
    write_about(prompt, "prompt.edited", actor, reason)
    return prompt


def check_owner(prompt: Prompt, owner: Person) -> None:
    """Raise ContentError unless `owner` is an active member of the prompt's project."""
    if not roles_of(owner, prompt.project):
        raise ContentError(
            "owner", f"{owner} is no member of {prompt.project}. Choose one of its members."
        )


@transaction.atomic
def archive_prompt(prompt: Prompt, *, actor: Actor, reason: str) -> Prompt:
    """Take a prompt out of the lists and close it for edits; what it serves, it goes on serving."""
    return _set_archived(prompt, True, actor, reason)


@transaction.atomic
def unarchive_prompt(prompt: Prompt, *, actor: Actor, reason: str) -> Prompt:
    """Bring an archived prompt back."""
    return _set_archived(prompt, False, actor, reason)


def last_history(prompt: Prompt) -> int:
    """Return the id of the newest history row, which names a state of the metadata."""
    return int(prompt.history.values_list("history_id", flat=True)[0])


def _set_archived(prompt: Prompt, archived: bool, actor: Actor, reason: str) -> Prompt:
    require(actor, Action.MANAGE_PROJECT, prompt.project)
    prompt = lock_prompt(prompt)
    if bool(prompt.archived_at) == archived:
        return prompt
    prompt.archived_at = database_now() if archived else None
    write_about(prompt, "prompt.archived" if archived else "prompt.unarchived", actor, reason)
    return prompt


def write_about(
    prompt: Prompt,
    action: str,
    actor: Actor,
    reason: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Save the locked `prompt`, its history row, its entry in the lists and the audit event."""
    # Both are read by simple-history.
    prompt._history_user = actor.person  # type: ignore[attr-defined]
    prompt._change_reason = reason  # type: ignore[attr-defined]
    prompt.save()
    write_entry(prompt)
    record(
        action,
        prompt,
        actor=actor,
        project=prompt.project,
        reason=reason,
        before=before,
        after=after,
    )
