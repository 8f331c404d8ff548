"""Give a prompt another name. The old one goes on being served, until somebody removes it."""

from django.db import IntegrityError, transaction

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.errors import Refused, Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.create import check_name
from registry.prompts.edit import write_about
from registry.prompts.models import Alias, Prompt
from registry.prompts.spent_names import spent, spent_names
from registry.release.entry import write_entry
from registry.release.labels import lock_prompt
from registry.release.wire import next_generation, refresh_wires


@transaction.atomic
def rename_prompt(prompt: Prompt, *, name: str, seen: str, actor: Actor, reason: str) -> Prompt:
    """Name the prompt `name` and keep its old name as an alias; both are served.

    `seen` is the name that the person looked at. Raises ContentError(name) for a name that
    cannot be or is taken by another prompt, as its name or alias; Stale, NotPermitted.
    """
    require(actor, Action.EDIT_PROMPT, prompt.project)
    check_name(name)
    prompt = lock_prompt(prompt)
    if prompt.name != seen:
        raise Stale
    if name == seen:
        raise ContentError("name", f"It is called {name} already. Type another name.")
    prompt.name = name
    # Back to a name that it had: that one is its name again, and no alias.
    Alias.objects.filter(project=prompt.project, prompt=prompt, name=name).delete()
    try:
        with transaction.atomic():
            Prompt.objects.filter(pk=prompt.pk).update(name=name)
    except IntegrityError:
        raise _taken(prompt) from None
    # Asked after the write: that had to wait for whoever renames away from this name.
    if Alias.objects.filter(project=prompt.project, name=name).exists():
        raise _taken(prompt)
    if spent_names(prompt.project, [name], besides=prompt):
        raise ContentError("name", spent(name))
    Alias.objects.create(project=prompt.project, prompt=prompt, name=seen)
    write_about(
        prompt, "prompt.renamed", actor, reason, before={"name": seen}, after={"name": name}
    )
    refresh_wires(prompt)
    next_generation("name", prompt)
    return prompt


@transaction.atomic
def remove_alias(alias: Alias, *, actor: Actor, reason: str) -> None:
    """Stop serving a prompt under an old name. Raises NotPermitted, or Refused when it is gone.

    Who fetches by that name gets 404 from then on. Another prompt may take it only if this
    one has never served production.
    """
    prompt = alias.prompt
    require(actor, Action.MANAGE_PROJECT, prompt.project)
    prompt = lock_prompt(prompt)
    deleted, _ = Alias.objects.filter(pk=alias.pk).delete()
    if not deleted:
        raise Refused(f"{alias.name} was removed already.")
    write_entry(prompt)
    record(
        "prompt.alias_removed",
        prompt,
        actor=actor,
        project=prompt.project,
        reason=reason,
        before={"alias": alias.name},
    )
    refresh_wires(prompt)


def _taken(prompt: Prompt) -> ContentError:
    return ContentError(
        "name",
        f"{prompt.name} names another prompt in {prompt.project}, now or from before. "
        "Choose another name.",
    )
