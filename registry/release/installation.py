"""Start a new identity after a restore: what is served may have gone back in time."""

import uuid

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.release.models import Generation
from registry.release.wire import current_generation


@transaction.atomic
def begin_installation(*, actor: Actor, reason: str) -> uuid.UUID:
    """Give the database a new installation id and return it.

    Clients never step back within one id; a new one lets them accept the lower numbers
    of a restored database.
    """
    before, _ = current_generation()
    after = uuid.uuid4()
    generation = Generation.objects.get(installation=before)
    record(
        "restore.done",
        generation,
        actor=actor,
        project=None,
        reason=reason,
        before={"installation": str(before)},
        after={"installation": str(after)},
    )
    Generation.objects.filter(pk=generation.pk).update(installation=after)
    return after
