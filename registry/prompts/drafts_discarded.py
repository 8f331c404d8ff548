"""Drafts that were put aside: taken back for 30 days, then forgotten."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from registry.audit.actor import Actor
from registry.domain.errors import Refused, Stale
from registry.projects.models import Person
from registry.prompts.drafts import discard_draft, highest_rev, live_draft, require_own
from registry.prompts.models import Draft, Prompt

KEPT = timedelta(days=30)
SHOWN = 5


def discarded_drafts(prompt: Prompt, person: Person, *, now: datetime) -> list[Draft]:
    """Return the drafts that `person` can take back, the latest first, at most `SHOWN`."""
    rows = Draft.objects.filter(
        prompt=prompt, person=person, saved_as=None, discarded_at__gt=now - KEPT
    )
    return list(rows.select_related("base").order_by("-discarded_at", "-pk")[:SHOWN])


@transaction.atomic
def take_back(draft: Draft, *, actor: Actor) -> Draft:
    """Go on with a discarded draft; the one that is being written is put aside instead.

    Twice does nothing. Raises Refused for a draft that became a version or was put aside
    more than 30 days ago, Stale when another tab began a draft meanwhile.
    """
    require_own(draft, actor)
    draft.refresh_from_db(fields=["discarded_at", "saved_as", "rev"])
    if draft.saved_as is not None:
        raise Refused(f"This draft became {draft.saved_as.semver}. Edit from that version.")
    if draft.discarded_at is None:
        return draft
    moment = timezone.now()
    if draft.discarded_at <= moment - KEPT:
        raise Refused(f"This draft was discarded more than {KEPT.days} days ago and is gone.")
    written = live_draft(draft.prompt, draft.person)
    if written is not None:
        discard_draft(written, actor=actor)
    rev = highest_rev(draft.prompt, draft.person) + 1
    try:
        with transaction.atomic():
            Draft.objects.filter(pk=draft.pk).update(discarded_at=None, rev=rev, updated_at=moment)
    except IntegrityError as error:
        raise Stale("You have begun a draft in another tab. Reload the page to see it.") from error
    draft.discarded_at, draft.rev, draft.updated_at = None, rev, moment
    return draft


def forget_drafts(*, now: datetime) -> int:
    """Delete the drafts put aside more than 30 days ago, saved or not; return how many."""
    count, _ = Draft.objects.filter(discarded_at__lte=now - KEPT).delete()
    return count
