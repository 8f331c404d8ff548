"""Write many prompts and versions in few queries. The callers check, lock and record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.db import IntegrityError, transaction
from simple_history.utils import bulk_create_with_history

from registry.domain import semver
from registry.domain.content import Content, digest
from registry.domain.errors import Refused
from registry.domain.semver import Bump
from registry.projects.models import Person, Project
from registry.prompts.about import checked_description, checked_tags, checked_title
from registry.prompts.models import Alias, Prompt, Version
from registry.release.models import Contributor, Release

BATCH = 100


@dataclass(frozen=True)
class NewPrompt:
    """A prompt as it will stand here; what people read is checked when it is inserted."""

    name: str
    kind: str
    title: str = ""
    description: str = ""
    tags: Sequence[str] = ()
    aliases: Sequence[str] = ()
    owner: Person | None = None
    archived_at: datetime | None = None


@dataclass(frozen=True)
class NewVersion:
    """A version; `base` and `answers` are revisions of the same prompt that come before it."""

    content: Content
    revision: int
    number: semver.Version
    bump: Bump
    reason: str
    base: int | None = None
    answers: int | None = None
    origin: Mapping[str, Any] | None = None


def insert_prompts(
    project: Project, prompts: Sequence[NewPrompt], *, author: Person, reason: str
) -> list[Prompt]:
    """Insert prompts with their history rows and aliases, in their order.

    Raises ContentError for a title, description or tag, Refused when a name was just taken.
    """
    rows = [
        Prompt(
            project=project,
            name=new.name,
            kind=new.kind,
            title=checked_title(new.title),
            description=checked_description(new.description),
            tags=checked_tags(new.tags),
            owner=new.owner or author,
            archived_at=new.archived_at,
        )
        for new in prompts
    ]
    try:
        with transaction.atomic():
            made = bulk_create_with_history(
                rows,
                Prompt,
                batch_size=BATCH,
                default_user=author,
                default_change_reason=reason,
            )
            Alias.objects.bulk_create(
                [
                    Alias(project=project, prompt=prompt, name=alias)
                    for prompt, new in zip(made, prompts, strict=True)
                    for alias in new.aliases
                ],
                batch_size=BATCH,
            )
    except IntegrityError:
        raise Refused(
            "Somebody gave one of these names to a prompt a moment ago. Look again, then decide."
        ) from None
    return list(made)


def insert_versions(
    histories: Sequence[tuple[Prompt, Sequence[NewVersion]]], *, author: Person, now: datetime
) -> dict[int, dict[int, Version]]:
    """Insert the versions of new prompts, each after its base; return them by prompt and revision.

    The first ones of all prompts are inserted together, then all second ones, and so on.
    """
    made: dict[int, dict[int, Version]] = {prompt.pk: {} for prompt, _ in histories}
    for rank in zip_longest(*(versions for _, versions in histories)):
        pairs = [(p, new) for (p, _), new in zip(histories, rank, strict=True) if new is not None]
        rows = [_row(prompt, new, made[prompt.pk], author) for prompt, new in pairs]
        for row in Version.objects.bulk_create(rows, batch_size=BATCH):
            made[row.prompt_id][row.revision] = row
    versions = [row for rows_of in made.values() for row in rows_of.values()]
    Contributor.objects.bulk_create(
        [Contributor(version=row, person=author) for row in versions], batch_size=BATCH
    )
    Release.objects.bulk_create(
        [Release(version=row, prompt_id=row.prompt_id, changed_at=now) for row in versions],
        batch_size=BATCH,
    )
    return made


def _row(prompt: Prompt, new: NewVersion, known: Mapping[int, Version], author: Person) -> Version:
    content = new.content
    return Version(
        prompt=prompt,
        revision=new.revision,
        major=new.number.major,
        minor=new.number.minor,
        patch=new.number.patch,
        bump=new.bump.value,
        base=known[new.base] if new.base is not None else None,
        answers=known[new.answers] if new.answers is not None else None,
        content=content.body,
        config=dict(content.config),
        output_schema=content.output_schema,
        variables=content.declared(),
        author=author,
        change_reason=new.reason,
        digest=digest(content),
        origin=dict(new.origin) if new.origin is not None else None,
    )
