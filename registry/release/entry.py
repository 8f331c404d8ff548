"""Keep what lists and the search find a prompt by, in the transaction that changes it.

It stands here because the text that production serves changes when its label moves.
"""

from collections.abc import Iterator

from django.db.models import Q, Subquery

from registry.domain.search import folder_of, line_of, texts_in
from registry.prompts.models import Alias, Prompt, Version
from registry.prompts.models_entry import PromptEntry
from registry.release.models import Label


def write_entry(prompt: Prompt) -> None:
    """Write the row of `prompt` anew from its name, title, tags, newest and production text.

    The caller has locked the prompt, or just made it.
    """
    aliases = Alias.objects.filter(prompt=prompt).values_list("name", flat=True)
    line = line_of(
        prompt.project_id,
        names=[prompt.name, prompt.title, *aliases],
        tags=prompt.tags,
        texts=_texts(prompt),
    )
    PromptEntry.objects.update_or_create(
        prompt=prompt,
        defaults={
            "project_id": prompt.project_id,
            "folder": folder_of(prompt.name),
            "archived": prompt.archived_at is not None,
            "words": line,
        },
    )


def _texts(prompt: Prompt) -> Iterator[str]:
    """Yield what the newest version says, and what production serves when that is another."""
    versions = Version.objects.filter(prompt=prompt)
    newest = versions.order_by("-revision").values("pk")[:1]
    served = Label.objects.filter(prompt=prompt, name="production").values("version")
    shown = versions.filter(Q(pk__in=served) | Q(pk=Subquery(newest)))
    for content in shown.values_list("content", flat=True):
        yield from texts_in(content)
