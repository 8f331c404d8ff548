"""End a try-out before it is done: what was answered stays, the rest is not asked."""

from typing import Any

from django.db.models.functions import Now

from evaluation.offline.models import TryOut
from evaluation.offline.tryouts.leases import OPEN
from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Person
from registry.prompts.models import Prompt


def cancel_try_out(try_out: TryOut, *, actor: Actor) -> None:
    """End it at once; one that has ended stays as it is.

    Raises NotPermitted, or Refused for somebody else's.
    """
    require(actor, Action.EDIT_TEXT, try_out.prompt.project)
    if try_out.person_id != (actor.person.pk if actor.person else None):
        raise Refused(f"{try_out.person} tries this out; only they can cancel it.")
    _end(pk=try_out.pk, cancel_requested_at=Now())
    try_out.refresh_from_db()


def end_open(prompt: Prompt, person: Person) -> None:
    """End what `person` still tries out on `prompt`, because they ask something newer."""
    _end(prompt=prompt, person=person)


def _end(*, cancel_requested_at: Any = None, **which: Any) -> None:
    TryOut.objects.filter(state__in=OPEN, **which).update(
        state=TryOut.State.CANCELLED,
        cancel_requested_at=cancel_requested_at,
        finished_at=Now(),
        lease_token=None,
        lease_until=None,
    )
