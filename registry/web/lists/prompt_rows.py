"""A page of prompts as rows: what production serves, and where the newest version stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Prefetch, Subquery

from registry.domain.roles import Action, Role, allowed
from registry.prompts.models import Prompt, Version
from registry.release.models import Label
from registry.web.prompts.table import Row, texts_of, version_rows, with_row_facts


@dataclass(frozen=True)
class PromptRow:
    """One prompt in the list; `newest` is None until a version is saved."""

    prompt: Prompt
    production: Label | None
    others: list[Label]
    newest: Row | None
    may_edit: bool


def prompt_rows(prompts: Sequence[Prompt], rights: dict[int, frozenset[Role]]) -> list[PromptRow]:
    """Return the rows of `prompts`, in their order and in a constant count of queries."""
    facts = {prompt.pk: prompt for prompt in _with_facts([prompt.pk for prompt in prompts])}
    newest_ids = [getattr(prompt, "newest_id", None) for prompt in facts.values()]
    versions = with_row_facts(Version.objects.filter(pk__in=[pk for pk in newest_ids if pk]))
    newest = {row.version.prompt_id: row for row in version_rows(versions)}
    return [_row(facts[prompt.pk], newest.get(prompt.pk), rights) for prompt in prompts]


def _with_facts(ids: list[int]) -> list[Prompt]:
    own = Version.objects.filter(prompt=OuterRef("pk")).order_by("-revision")
    labels = Label.objects.select_related("version").defer(*texts_of("version")).order_by("name")
    rows = Prompt.objects.filter(pk__in=ids).select_related("project", "owner")
    rows = rows.annotate(newest_id=Subquery(own.values("pk")[:1]))
    return list(rows.prefetch_related(Prefetch("labels", labels)))


def _row(prompt: Prompt, newest: Row | None, rights: dict[int, frozenset[Role]]) -> PromptRow:
    labels = list(prompt.labels.all())
    production = next((label for label in labels if label.name == "production"), None)
    served = production.version_id if production else None
    return PromptRow(
        prompt=prompt,
        production=production,
        others=[label for label in labels if label.version_id != served],
        newest=newest,
        may_edit=prompt.archived_at is None
        and allowed(Action.EDIT_TEXT, rights.get(prompt.project_id, frozenset())),
    )
