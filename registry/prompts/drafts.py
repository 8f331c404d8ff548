"""Drafts: one person's unsaved work on a prompt, kept on the server while they type.

A draft holds what was typed, also while it cannot be read as content yet: text where an
object is expected means "typed, but no JSON so far", and `Content.from_fields` refuses it.
A draft that nobody has typed in is no row: opening the editor writes nothing.
"""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from registry.audit.actor import Actor
from registry.domain.canonical import canonical
from registry.domain.errors import Refused, Stale
from registry.domain.fields import check_size, storable
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Person
from registry.prompts.models import Draft, Kind, Prompt, Version
from registry.prompts.queries import production_of

FIELDS = ("content", "config", "output_schema", "variables", "reason")
# A draft may be longer than a version may be, so that a paste that is too long can be cut down.
FIELD_BYTES = 512 * 1024


def open_draft(prompt: Prompt, *, actor: Actor, base: Version | None = None) -> Draft:
    """Return the person's draft of `prompt`, or a new one that is not stored yet (rev 0).

    A new draft starts from `base`, else from what production serves, else from the newest
    version, else empty. A stored draft keeps its own base whatever is asked.
    Raises NotPermitted without the right to write, and Refused for another prompt's base.
    """
    require(actor, Action.EDIT_TEXT, prompt.project)
    if base is not None and base.prompt_id != prompt.pk:
        raise Refused(f"{base.semver} is no version of {prompt}. Choose one of its own.")
    person = _person(actor)
    stored = live_draft(prompt, person)
    if stored is not None:
        return stored
    start = base or production_of(prompt) or prompt.versions.first()
    draft = Draft(prompt=prompt, person=person, base=start)
    if start is None:
        draft.content = "" if prompt.kind == Kind.TEXT else [{"role": "system", "content": ""}]
        return draft
    draft.content, draft.config = start.content, start.config
    draft.output_schema, draft.variables = start.output_schema, start.variables
    return draft


def live_draft(prompt: Prompt, person: Person) -> Draft | None:
    """Return the stored draft of `person` on `prompt`, if there is one."""
    return (
        Draft.objects.filter(prompt=prompt, person=person, discarded_at=None)
        .select_related("base", "prompt__project")
        .first()
    )


def highest_rev(prompt: Prompt, person: Person) -> int:
    """Return the highest `rev` that any draft of `person` on `prompt` had; 0 before the first.

    The next one is higher, so that a tab which still shows an older draft never matches it.
    """
    rows = Draft.objects.filter(prompt=prompt, person=person)
    return rows.aggregate(highest=Max("rev"))["highest"] or 0


def save_draft(
    draft: Draft, *, fields: Mapping[str, Any], expected_rev: int, actor: Actor
) -> Draft:
    """Store what was typed (any of `FIELDS`) if nobody stored since `expected_rev`.

    Raises Stale when another tab was first, ContentError for what no database could keep,
    NotPermitted for somebody else's draft.
    """
    require_own(draft, actor)
    clean = {name: _kept(fields[name], name) for name in FIELDS if name in fields}
    clean["reason"] = clean.get("reason", draft.reason) or ""
    with transaction.atomic():
        if draft.pk is None:
            _insert(draft, clean, expected_rev)
        else:
            _swap(draft, clean, expected_rev)
    return draft


def discard_draft(draft: Draft, *, actor: Actor) -> None:
    """Put the draft aside; the row stays, so that it can be taken back. Twice does nothing."""
    require_own(draft, actor)
    Draft.objects.filter(pk=draft.pk, discarded_at=None).update(discarded_at=timezone.now())


def require_own(draft: Draft, actor: Actor) -> None:
    """Raise NotPermitted without the right to write, Refused for somebody else's draft."""
    require(actor, Action.EDIT_TEXT, draft.prompt.project)
    if draft.person_id != _person(actor).pk:
        raise Refused(f"This draft belongs to {draft.person}. Open the editor to get your own.")


def _insert(draft: Draft, clean: Mapping[str, Any], expected_rev: int) -> None:
    """Make the row of a draft that was only on a page so far."""
    if expected_rev != 0:
        raise Stale("This draft was saved or discarded elsewhere. Reload the page to go on.")
    draft.rev = highest_rev(draft.prompt, draft.person) + 1
    for name, value in clean.items():
        setattr(draft, name, value)
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError as error:
        draft.pk, draft.rev = None, 0
        raise Stale(
            "You have begun a draft of this prompt in another tab. "
            "Go on there, or reload this page to see it."
        ) from error


def _swap(draft: Draft, clean: Mapping[str, Any], expected_rev: int) -> None:
    """Store over the row only if it is still as this page last saw it."""
    moment = timezone.now()
    changed = Draft.objects.filter(pk=draft.pk, rev=expected_rev, discarded_at=None).update(
        **clean, rev=expected_rev + 1, updated_at=moment
    )
    if not changed:
        raise Stale(
            "This draft was changed, saved or discarded in another tab. "
            "Reload the page to see it; copy what you typed here first if you need it."
        )
    draft.rev, draft.updated_at = expected_rev + 1, moment
    for name, value in clean.items():
        setattr(draft, name, value)


def _kept(value: Any, name: str) -> Any:
    """Return `value` if both databases can keep it. Raises ContentError naming the field."""
    clean = storable(value, name, name)
    check_size(len(canonical(clean).encode()), FIELD_BYTES, name, f"The field {name}")
    return clean


def _person(actor: Actor) -> Person:
    """Return who types: drafts belong to people, not to parts of the system."""
    if actor.person is None:
        raise Refused("Only a person has drafts.")
    return actor.person
