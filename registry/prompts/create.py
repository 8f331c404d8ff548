"""Create a prompt: a name that applications will fetch."""

import re
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.content import ContentError
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Project
from registry.prompts.about import checked_description, checked_tags, checked_title
from registry.prompts.models import Alias, Prompt
from registry.prompts.spent_names import spent, spent_names
from registry.release.entry import write_entry
from registry.release.wire import next_generation

NAME = re.compile(r"[a-z0-9][a-z0-9._/-]{0,127}")
# The last words of our own addresses below a prompt, so that no name can hide a page.
ROUTE_WORDS = frozenset(
    {
        "compare",
        "diff",
        "edit",
        "evaluation",
        "ledger",
        "new",
        "rollback",
        "rollout",
        "rollouts",
        "samples",
        "settings",
        "versions",
    }
)


def check_name(name: str) -> None:
    """Raise ContentError unless `name` can name a prompt."""
    if not NAME.fullmatch(name):
        raise ContentError(
            "name",
            "Use 1 to 128 lower-case letters, digits and . _ / - and start with a letter or "
            "digit, for example support/refunds.",
        )
    for segment in name.split("/"):
        if segment in ("", ".", ".."):
            raise ContentError("name", "Put a word between, before and after each slash.")
        if segment in ROUTE_WORDS:
            raise ContentError(
                "name", f"The word {segment!r} is taken by a page of its own. Choose another."
            )


@transaction.atomic
def create_prompt(
    project: Project,
    *,
    name: str,
    kind: str,
    actor: Actor,
    title: str = "",
    description: str = "",
    tags: Sequence[str] = (),
) -> Prompt:
    """Create a prompt without any version. Raises ContentError naming the field."""
    require(actor, Action.EDIT_PROMPT, project)
    check_name(name)
    if kind not in ("text", "chat"):
        raise ContentError("kind", "Choose text or chat.")
    taken = ContentError("name", f"{name} exists already in {project}. Choose another name.")
    try:
        with transaction.atomic():
            prompt = Prompt.objects.create(
                project=project,
                name=name,
                kind=kind,
                title=checked_title(title),
                description=checked_description(description),
                tags=checked_tags(tags),
                owner=actor.person,
            )
    except IntegrityError:
        raise taken from None
    # Asked after the row is there: it had to wait for whoever renames away from this name.
    if Alias.objects.filter(project=project, name=name).exists():
        raise taken
    if spent_names(project, [name]):
        raise ContentError("name", spent(name))
    write_entry(prompt)
    record(
        "prompt.created", prompt, actor=actor, project=project, after={"name": name, "kind": kind}
    )
    next_generation("name", prompt)
    return prompt
