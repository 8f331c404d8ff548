"""Keep what lists and the search find prompts by, in the transaction that changes it.

It stands here because the text that production serves changes when its label moves.
"""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Max

from registry.domain.search import folder_of, line_of, texts_in
from registry.prompts.models import Alias, Prompt, Version
from registry.prompts.models_entry import PromptEntry
from registry.release.models import Label

BATCH = 200


def write_entry(prompt: Prompt) -> None:
    """Write the row of `prompt` anew from its name, title, tags, newest and production text.

    The caller has locked the prompt, or just made it.
    """
    write_entries([prompt])


def write_entries(prompts: Sequence[Prompt]) -> None:
    """Write the rows of many prompts anew, as `write_entry` does, with few queries."""
    for start in range(0, len(prompts), BATCH):
        some = prompts[start : start + BATCH]
        names, texts = _aliases(some), _texts(some)
        PromptEntry.objects.bulk_create(
            [
                PromptEntry(
                    prompt=prompt,
                    project_id=prompt.project_id,
                    folder=folder_of(prompt.name),
                    archived=prompt.archived_at is not None,
                    words=line_of(
                        prompt.project_id,
                        names=[prompt.name, prompt.title, *names[prompt.pk]],
                        tags=prompt.tags,
                        texts=texts[prompt.pk],
                    ),
                )
                for prompt in some
            ],
            update_conflicts=True,
            unique_fields=["prompt"],
            update_fields=["folder", "archived", "words"],
        )


def _aliases(prompts: Sequence[Prompt]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    rows = Alias.objects.filter(prompt__in=prompts).values_list("prompt_id", "name")
    for prompt_id, name in rows:
        names[prompt_id].append(name)
    return names


def _texts(prompts: Sequence[Prompt]) -> dict[int, list[str]]:
    """Return what the newest version says, and what production serves when that is another."""
    newest = Version.objects.filter(prompt__in=prompts).order_by().values("prompt_id")
    wanted = {row["newest"] for row in newest.annotate(newest=Max("pk"))}
    served = Label.objects.filter(prompt__in=prompts, name="production")
    wanted |= set(served.values_list("version_id", flat=True))
    texts: dict[int, list[str]] = defaultdict(list)
    rows = Version.objects.filter(pk__in=wanted).values_list("prompt_id", "content")
    for prompt_id, content in rows:
        texts[prompt_id].extend(texts_in(content))
    return texts
