"""Change what people read about a prompt. Its text is changed only by saving a version."""

from collections.abc import Sequence

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.content import ContentError
from registry.domain.fields import check_size, storable_text
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.models import Prompt
from registry.release.errors import Stale

TITLE_LENGTH = 200
TAGS = 20
TAG_LENGTH = 50
DESCRIPTION_BYTES = 16 * 1024


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
) -> Prompt:
    """Change title, description and tags. `seen` is the history row that the person looked at.

    Raises ContentError naming the field, NotPermitted, or Stale when somebody was first.
    """
    require(actor, Action.EDIT_PROMPT, prompt.project)
    prompt = Prompt.objects.select_for_update().select_related("project").get(pk=prompt.pk)
    if last_history(prompt) != seen:
        raise Stale
    prompt.title = checked_title(title)
    prompt.description = checked_description(description)
    prompt.tags = checked_tags(tags)
    _save(prompt, "prompt.edited", actor, reason)
    return prompt


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


def checked_title(title: str) -> str:
    """Return a storable title. Raises ContentError."""
    text = storable_text(title, "The title", "title").strip()
    if len(text) > TITLE_LENGTH:
        raise ContentError("title", f"The title is longer than {TITLE_LENGTH} letters. Shorten it.")
    return text


def checked_description(description: str) -> str:
    """Return a storable description. Raises ContentError."""
    text = storable_text(description, "The description", "description").strip()
    check_size(len(text.encode()), DESCRIPTION_BYTES, "description", "The description")
    return text


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Return the tags, each once, in their order. Raises ContentError."""
    clean = [storable_text(tag, "A tag", "tags").strip() for tag in tags]
    unique = list(dict.fromkeys(tag for tag in clean if tag))
    if len(unique) > TAGS or any(len(tag) > TAG_LENGTH for tag in unique):
        raise ContentError(
            "tags", f"Give at most {TAGS} tags of at most {TAG_LENGTH} letters each."
        )
    return unique


def _set_archived(prompt: Prompt, archived: bool, actor: Actor, reason: str) -> Prompt:
    require(actor, Action.MANAGE_PROJECT, prompt.project)
    prompt = Prompt.objects.select_for_update().select_related("project").get(pk=prompt.pk)
    if bool(prompt.archived_at) == archived:
        return prompt
    prompt.archived_at = database_now() if archived else None
    _save(prompt, "prompt.archived" if archived else "prompt.unarchived", actor, reason)
    return prompt


def _save(prompt: Prompt, action: str, actor: Actor, reason: str) -> None:
    prompt._history_user = actor.person
    prompt._change_reason = reason
    prompt.save()
    record(action, prompt, actor=actor, project=prompt.project, reason=reason)
