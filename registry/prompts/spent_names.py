"""Names under which applications once got a prompt, and under which nobody serves it any more.

Such a name never goes to another prompt. Whoever still asks for it would get a text that no
second person compared with what they got before: for its own prompt it is only the first one.
"""

from collections.abc import Collection

from registry.audit.models import Event
from registry.audit.record import chain_of
from registry.domain.canonical import canonical
from registry.projects.models import Project
from registry.prompts.models import Prompt
from registry.release.models import LabelEvent


def spent_names(
    project: Project, names: Collection[str], *, besides: Prompt | None = None
) -> set[str]:
    """Return which of `names` were removed from a prompt that has served production.

    `besides` is left out: a prompt may take back a name of its own. A name is freed only by
    the removal of an old name, and the audit trail keeps every one. Ask after looking for
    aliases, so that one which is removed in between is seen by either.
    """
    by_text = {canonical({"alias": name}): name for name in names}
    removals = Event.objects.filter(
        chain=chain_of(project), action="prompt.alias_removed", before__in=list(by_text)
    )
    found = [(by_text[text], int(pk)) for text, pk in removals.values_list("before", "object_id")]
    moves = LabelEvent.objects.filter(name="production", prompt__in={pk for _, pk in found})
    served = set(moves.values_list("prompt_id", flat=True))
    own = besides.pk if besides else None
    return {name for name, pk in found if pk in served and pk != own}


def spent(name: str) -> str:
    """Return the sentence that refuses a spent name."""
    return (
        f"{name} was the name of another prompt that has served production. Applications that "
        "still ask for it would get other words unreviewed. Choose another name."
    )
