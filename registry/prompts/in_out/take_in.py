"""Make prompts of the rows of a dry run, each with its first version: all or none."""

from collections.abc import Sequence

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import Entry, record_all
from registry.domain import semver
from registry.domain.errors import Refused
from registry.domain.fields import ContentError, storable_text
from registry.domain.roles import Action
from registry.domain.semver import Bump
from registry.projects.access import require
from registry.projects.models import Project
from registry.prompts.in_out.dry_run import Row
from registry.prompts.in_out.insert import NewPrompt, NewVersion, insert_prompts, insert_versions
from registry.prompts.models import Prompt
from registry.release.entry import write_entries
from registry.release.wire import next_generation

REASON_LENGTH = 2000


@transaction.atomic
def take_in(project: Project, *, rows: Sequence[Row], reason: str, actor: Actor) -> list[Prompt]:
    """Make a prompt with the version 1.0.0 of each taken row. Nothing is served by it.

    Raises NotPermitted, ContentError (reason), or Refused when a row has a problem.
    """
    require(actor, Action.EDIT_PROMPT, project)
    require(actor, Action.EDIT_TEXT, project)
    if actor.person is None:
        raise Refused("A version has an author: sign in as a person to import prompts.")
    reason = checked_reason(reason)
    taken = [row for row in rows if row.take]
    if not taken:
        raise Refused("No prompt is chosen. Choose at least one.")
    if stopped := [row for row in taken if row.problems or row.content is None]:
        raise Refused(
            f"{len(stopped)} of {len(taken)} prompts must be put right or left out first. "
            "Nothing was imported."
        )
    new = [
        NewPrompt(
            name=row.name,
            kind=row.candidate.kind,
            title=row.title,
            description=row.candidate.description,
            tags=row.candidate.tags,
            aliases=[row.alias] if row.alias else [],
        )
        for row in taken
    ]
    prompts = insert_prompts(project, new, author=actor.person, reason=reason)
    firsts = [
        (prompt, [NewVersion(row.content, 1, semver.FIRST_VERSION, Bump.MAJOR, reason)])
        for prompt, row in zip(prompts, taken, strict=True)
        if row.content is not None
    ]
    made = insert_versions(firsts, author=actor.person, now=database_now())
    entries = []
    for prompt in prompts:
        (version,) = made[prompt.pk].values()
        after = {"version": version.semver, "bump": version.bump, "digest": version.digest}
        created = {"name": prompt.name, "kind": prompt.kind}
        entries += [
            Entry("prompt.created", prompt, after=created),
            Entry("version.saved", version, after=after),
        ]
    write_entries(prompts)
    record_all(entries, actor=actor, project=project, reason=reason)
    next_generation("name")
    return prompts


def checked_reason(reason: str) -> str:
    """Return the reason, without blanks around it. Raises ContentError."""
    clean = storable_text(reason, "The reason", "reason").strip()
    if not clean:
        raise ContentError("reason", "Say in one sentence where these prompts come from.")
    if len(clean) > REASON_LENGTH:
        raise ContentError("reason", f"The reason is longer than {REASON_LENGTH} letters.")
    return clean
