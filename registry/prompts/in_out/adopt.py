"""Take over histories from another place: versions, numbers and labels as they stood there.

Nothing of it was evaluated here, and everything says so (`Version.origin`). It happens once
per prompt, before the prompt has a version or a label; the database refuses it later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from promptcms.guards import sentence_of
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import Entry, record_all
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Membership, Person, Project
from registry.prompts.in_out.adopt_run import AdoptRow
from registry.prompts.in_out.insert import (
    BATCH,
    NewPrompt,
    NewVersion,
    insert_prompts,
    insert_versions,
)
from registry.prompts.in_out.take_in import checked_reason
from registry.prompts.models import Adoption, Alias, Prompt, Version
from registry.release.entry import write_entries
from registry.release.labels import lock_prompt, set_first_labels
from registry.release.segments import open_standing
from registry.release.wire import next_generation, refresh_wires

Made = list[tuple[Prompt, AdoptRow]]


@transaction.atomic
def adopt(project: Project, *, rows: Sequence[AdoptRow], reason: str, actor: Actor) -> list[Prompt]:
    """Make the prompts of the taken rows, with their whole history; all or none.

    Applications get the new answers as soon as this commits. The adopting person is the
    author here; who wrote it there stands in `origin`. Raises NotPermitted, ContentError
    (reason), or Refused.
    """
    require(actor, Action.MANAGE_PROJECT, project)
    if actor.person is None:
        raise Refused("A version has an author: sign in as a person to adopt a history.")
    reason = checked_reason(reason)
    taken = [row for row in rows if row.take]
    if not taken:
        raise Refused("No prompt is chosen. Choose at least one.")
    if stopped := [row for row in taken if row.problems]:
        raise Refused(
            f"{len(stopped)} of {len(taken)} prompts must be put right or left out first. "
            "Nothing was adopted."
        )
    now = database_now()
    pairs = _prompts(project, taken, actor.person, reason, now)
    try:
        with transaction.atomic():
            made = _insert(pairs, actor.person, reason, now)
    except IntegrityError as refusal:
        raise Refused(sentence_of(refusal)) from refusal
    write_entries([prompt for prompt, _ in pairs])
    record_all(_entries(pairs, made), actor=actor, project=project, reason=reason)
    _set_labels(pairs, made, actor, reason, now)
    return [prompt for prompt, _ in pairs]


def _prompts(
    project: Project, taken: Sequence[AdoptRow], person: Person, reason: str, now: datetime
) -> Made:
    """Return the prompt of each row: the empty one that is here, else a new one."""
    members = {
        row.person.get_username(): row.person
        for row in Membership.objects.filter(project=project).select_related("person")
    }
    fresh = [row for row in taken if row.empty is None]
    new = [
        NewPrompt(
            name=row.name,
            kind=row.history.kind,
            title=row.title,
            description=row.history.description,
            tags=row.tags,
            aliases=row.aliases,
            owner=members.get(row.history.owner),
            archived_at=now if row.history.archived else None,
        )
        for row in fresh
    ]
    made = dict(
        zip(
            [row.key for row in fresh],
            insert_prompts(project, new, author=person, reason=reason),
            strict=True,
        )
    )
    for row in sorted((r for r in taken if r.empty), key=lambda r: r.name):
        if row.empty is not None:
            made[row.key] = lock_prompt(row.empty)
            aliases = [Alias(project=project, prompt=row.empty, name=n) for n in row.aliases]
            Alias.objects.bulk_create(aliases)
    return [(made[row.key], row) for row in taken]


def _insert(
    pairs: Made, person: Person, reason: str, now: datetime
) -> dict[int, dict[int, Version]]:
    """Insert the adoptions and their versions; return them by prompt and revision."""
    Adoption.objects.bulk_create(
        [
            Adoption(prompt=prompt, source=row.history.source, person=person, reason=reason)
            for prompt, row in pairs
        ],
        batch_size=BATCH,
    )
    histories = [
        (
            prompt,
            [
                NewVersion(
                    content=past.content,
                    revision=past.revision,
                    number=past.number,
                    bump=past.bump,
                    reason=past.reason,
                    base=past.base,
                    answers=past.answers,
                    origin=past.origin,
                )
                for past in row.history.versions
                if past.number is not None and past.bump is not None
            ],
        )
        for prompt, row in pairs
    ]
    return insert_versions(histories, author=person, now=now)


def _entries(pairs: Made, made: Mapping[int, Mapping[int, Version]]) -> list[Entry]:
    """Return what the audit trail keeps of each prompt."""
    entries = []
    for prompt, row in pairs:
        if row.empty is None:
            after = {"name": prompt.name, "kind": prompt.kind}
            entries.append(Entry("prompt.created", prompt, after=after))
        counts = {
            "source": row.history.source,
            "name_there": row.history.old_name[:300],
            "versions": len(made[prompt.pk]),
            "labels": len(row.labels),
        }
        entries.append(Entry("prompt.adopted", prompt, after=counts))
    return entries


def _set_labels(
    pairs: Made,
    made: Mapping[int, Mapping[int, Version]],
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    """Point the labels to where they stood; the answers of applications last."""
    placed = [
        (prompt, label, made[prompt.pk][past.revision])
        for prompt, row in pairs
        for label, past in row.labels
    ]
    set_first_labels(placed, actor=actor, reason=reason, now=now)
    for prompt, label, _ in placed:
        if label == "production":
            open_standing(prompt, now)
    for prompt in dict.fromkeys(prompt for prompt, _, _ in placed):
        refresh_wires(prompt)
    next_generation("name")
