"""Bring a draft onto a version that was saved in between: merged, or kept as it is.

Either way the draft as it was is put aside and can be taken back.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from registry.audit.actor import Actor
from registry.domain.content import Content
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.merge import Merged, Theirs, content_marks, merge
from registry.projects.models import Person
from registry.prompts.ancestry import common_base, line_of
from registry.prompts.drafts import require_own, save_draft
from registry.prompts.models import ContentFields, Draft, Version
from registry.release.models import Contributor, LabelEvent


@transaction.atomic
def merge_draft(draft: Draft, *, onto: Version, actor: Actor) -> Merged:
    """Take over into the draft what `onto` changed; from now on it starts from `onto`.

    Returns the merge with its conflicts in words. Raises Refused for a draft that cannot be
    read yet or still holds marks of an earlier merge, Stale when another tab was first.
    """
    _check(draft, onto, actor)
    mine = _readable(draft)
    base = common_base(draft.base, onto)
    merged = merge(
        base.as_content() if base else None,
        mine,
        onto.as_content(),
        by=Theirs(str(onto.author), onto.semver),
    )
    _move(draft, onto, merged.fields, actor)
    return merged


@transaction.atomic
def rebase_draft(draft: Draft, *, onto: Version, actor: Actor) -> None:
    """Keep the draft's words and let it start from `onto`: what `onto` changed is undone.

    Raises Stale when another tab was first.
    """
    _check(draft, onto, actor)
    _move(draft, onto, {}, actor)


def writers_of(draft: Draft) -> list[Person]:
    """Return whose text was merged in besides the base's: they contribute to the version.

    A version that has held production is everybody's text and adds nobody.
    """
    served = LabelEvent.objects.filter(name="production", version_after__in=draft.sources)
    rows = Contributor.objects.filter(version__in=draft.sources).select_related("person")
    rows = rows.exclude(version__in=served.values("version_after"))
    return [row.person for row in rows]


def _check(draft: Draft, onto: Version, actor: Actor) -> None:
    """Raise unless this person may bring this stored draft onto that version."""
    require_own(draft, actor)
    if onto.prompt_id != draft.prompt_id:
        raise Refused(f"{onto.semver} is no version of {draft.prompt}. Choose one of its own.")
    if draft.pk is None or draft.discarded_at is not None:
        raise Refused("There is no draft any more. Open the editor again.")
    if draft.base_id == onto.pk:
        raise Refused(f"Your draft starts from {onto.semver} already.")


def _readable(draft: Draft) -> Content:
    """Return what the draft says. Raises Refused naming what must be mended first."""
    try:
        content = draft.as_content()
    except ContentError as error:
        raise Refused(f"Mend this first, then merge: {error.message}", field=error.field) from None
    if marks := content_marks(content):
        place, line = marks[0]
        raise Refused(
            f"In {place}, line {line}, a mark of the last merge still stands. Keep one of the "
            "two parts and delete the marks, then merge.",
            field="content",
        )
    return content


def _move(draft: Draft, onto: Version, fields: Mapping[str, Any], actor: Actor) -> None:
    """Store `fields` over the draft, now on `onto`; what it was before is put aside."""
    before = Draft.objects.get(pk=draft.pk)
    sources = set(draft.sources) | ({draft.base_id} - {None})
    save_draft(draft, fields=fields, expected_rev=draft.rev, actor=actor)
    draft.base = onto
    draft.sources = sorted(sources - set(line_of(onto)))
    Draft.objects.filter(pk=draft.pk).update(base=onto, sources=draft.sources)
    _put_aside(before)


def _put_aside(before: Draft) -> None:
    """Insert the draft as it was, discarded, so that it can be taken back."""
    kept = {field.attname: getattr(before, field.attname) for field in _stored_fields()}
    row = Draft.objects.create(**kept, discarded_at=timezone.now())
    Draft.objects.filter(pk=row.pk).update(created_at=before.created_at)


def _stored_fields() -> list[Any]:
    """Return the fields of a draft that hold the person's work."""
    shared = {field.name for field in ContentFields._meta.get_fields()}
    names = shared | {"prompt", "person", "base", "reason", "rev", "sources"}
    return [field for field in Draft._meta.concrete_fields if field.name in names]
