"""End a replay before it is done, and take up what a dead worker left."""

from django.db import transaction
from django.db.models import Q

from evaluation.offline import held
from evaluation.offline.leases import ATTEMPTS
from evaluation.offline.models import Replay
from evaluation.offline.wake import REPLAY, wake
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require

_AT_A_LOOK = 100


@transaction.atomic
def cancel_replay(replay: Replay, *, actor: Actor, reason: str) -> None:
    """Ask nothing more; the scores that came stay. Raises NotPermitted, or Refused when it ended.

    Calls that are open come to their end, and their answers are not kept.
    """
    project = replay.judge.judge.project
    require(actor, Action.MARK, project)
    if not held.end(Replay, Q(pk=replay.pk)):
        raise Refused("This replay has ended already.")
    record("replay.cancelled", replay, actor=actor, project=project, reason=reason)
    replay.refresh_from_db()


def take_up_replays() -> None:
    """Wake workers for every replay that nobody works on. One query while there is none."""
    waiting = list(Replay.objects.filter(held.free()).order_by("pk")[:_AT_A_LOOK])
    worn_out = [replay.pk for replay in waiting if replay.attempts >= ATTEMPTS]
    if worn_out:
        held.end(
            Replay,
            held.free() & Q(pk__in=worn_out),
            error=f"Its worker stopped {ATTEMPTS} times without a single score. Start it again; "
            "if it stays so, somebody must look at the worker's log.",
        )
    wake([replay.pk for replay in waiting if replay.attempts < ATTEMPTS], REPLAY)
