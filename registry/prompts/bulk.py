"""Change the tags, the owner or the place of many prompts in one short transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from simple_history.utils import bulk_update_with_history

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import Entry, record_all
from registry.domain.canonical import canonical, sha256
from registry.domain.errors import Refused, Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.access import NotPermitted, require, roles_of
from registry.projects.models import Person, Project
from registry.prompts.about import checked_tags
from registry.prompts.models import Prompt
from registry.release.entry import write_entries

MOST = 1000
BATCH = 200


class Verb(StrEnum):
    """What can be changed on several prompts at once."""

    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    OWNER = "owner"
    ARCHIVE = "archive"
    RESTORE = "restore"


RIGHTS = {
    Verb.ADD_TAG: Action.EDIT_PROMPT,
    Verb.REMOVE_TAG: Action.EDIT_PROMPT,
    Verb.OWNER: Action.EDIT_PROMPT,
    Verb.ARCHIVE: Action.MANAGE_PROJECT,
    Verb.RESTORE: Action.MANAGE_PROJECT,
}
EVENTS = {Verb.ARCHIVE: "prompt.archived", Verb.RESTORE: "prompt.unarchived"}


@dataclass(frozen=True)
class Several:
    """One change for many prompts: the tag, or the owner (None: nobody), that it needs."""

    verb: Verb
    tag: str = ""
    owner: Person | None = None


@dataclass(frozen=True)
class Planned:
    """What will happen to one prompt; `refused` says why nothing will, "" when it changes."""

    prompt: Prompt
    before: str
    after: str
    refused: str = ""


def plan_several(prompts: Sequence[Prompt], change: Several, *, actor: Actor) -> list[Planned]:
    """Say for each prompt what the change would do, and to which it may not or need not.

    Raises ContentError(tag) for a tag that cannot be, Refused for more than 1,000 prompts.
    """
    if len(prompts) > MOST:
        raise Refused(f"At most {MOST:,} prompts change at once. Choose fewer.")
    if change.verb in (Verb.ADD_TAG, Verb.REMOVE_TAG) and not checked_tags([change.tag]):
        raise ContentError("tag", "Type the tag.")
    missing = _missing_rights(prompts, change, actor)
    return [_planned(prompt, change, missing[prompt.project_id]) for prompt in prompts]


def digest_of(planned: Sequence[Planned]) -> str:
    """Return what names this plan, so that another one is noticed."""
    return sha256(canonical([[p.prompt.pk, p.before, p.after, p.refused] for p in planned]))


@transaction.atomic
def change_several(
    ids: Sequence[int],
    change: Several,
    *,
    seen: str,
    find: Callable[[Sequence[int]], Sequence[Prompt]],
    actor: Actor,
    reason: str,
) -> list[Planned]:
    """Do what the plan with the digest `seen` said, and return it.

    `find` returns the prompts of `ids` that the actor may see, by name. Raises Stale when
    the plan would be another one now; then nothing has changed.
    """
    # Locked in one order, so that two of these wait for each other and never for ever.
    list(Prompt.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    planned = plan_several(find(ids), change, actor=actor)
    if digest_of(planned) != seen:
        raise Stale
    changing = [row for row in planned if not row.refused]
    now = database_now()
    for row in changing:
        _apply(row.prompt, change, now)
    prompts = [row.prompt for row in changing]
    bulk_update_with_history(
        prompts,
        Prompt,
        ["tags", "owner", "archived_at"],
        batch_size=BATCH,
        default_user=actor.person,
        default_change_reason=reason,
    )
    write_entries(prompts)
    _record(changing, change, actor, reason)
    return planned


def _record(changing: list[Planned], change: Several, actor: Actor, reason: str) -> None:
    """Write one event per prompt, project by project."""
    action = EVENTS.get(change.verb, "prompt.edited")
    by_project: dict[Project, list[Entry]] = {}
    for row in changing:
        entry = Entry(action, row.prompt, {"was": row.before}, {"is": row.after})
        by_project.setdefault(row.prompt.project, []).append(entry)
    for project in sorted(by_project, key=lambda project: project.pk):
        record_all(by_project[project], actor=actor, project=project, reason=reason)


def _missing_rights(prompts: Sequence[Prompt], change: Several, actor: Actor) -> dict[int, str]:
    """Return by project why nothing may change there, "" where it may."""
    found: dict[int, str] = {}
    for prompt in prompts:
        if prompt.project_id in found:
            continue
        found[prompt.project_id] = ""
        try:
            require(actor, RIGHTS[change.verb], prompt.project)
        except NotPermitted as missing:
            found[prompt.project_id] = str(missing)
        else:
            if change.owner and not roles_of(change.owner, prompt.project):
                found[prompt.project_id] = f"{change.owner} is no member of {prompt.project}."
    return found


def _planned(prompt: Prompt, change: Several, missing: str) -> Planned:
    if change.verb in (Verb.ADD_TAG, Verb.REMOVE_TAG):
        before, tags = ", ".join(prompt.tags), _tags(prompt, change)
        try:
            after, refused = ", ".join(checked_tags(tags)), ""
        except ContentError as error:
            after, refused = before, error.message
    elif change.verb is Verb.OWNER:
        before, after, refused = str(prompt.owner or "nobody"), str(change.owner or "nobody"), ""
    else:
        before = "archived" if prompt.archived_at else "in the lists"
        after = "archived" if change.verb is Verb.ARCHIVE else "in the lists"
        refused = ""
    unchanged = "It is so already." if before == after else ""
    return Planned(prompt, before, after, missing or refused or unchanged)


def _tags(prompt: Prompt, change: Several) -> list[str]:
    (tag,) = checked_tags([change.tag])
    if change.verb is Verb.ADD_TAG:
        return [*prompt.tags, tag]
    return [kept for kept in prompt.tags if kept != tag]


def _apply(prompt: Prompt, change: Several, now: datetime) -> None:
    if change.verb in (Verb.ADD_TAG, Verb.REMOVE_TAG):
        prompt.tags = checked_tags(_tags(prompt, change))
    elif change.verb is Verb.OWNER:
        prompt.owner = change.owner
    else:
        prompt.archived_at = now if change.verb is Verb.ARCHIVE else None
