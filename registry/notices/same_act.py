"""One act can write several events; these say which of them speaks, and for whom it was done."""

from django.db.models import QuerySet

from registry.audit.models import Event
from registry.prompts.models import Version
from registry.release.models import LabelEvent

NEAR = 8  # events: the longest act that moves production writes fewer


def is_silent(event: Event, version: Version) -> bool:
    """Does another event of the same act tell this already, or is there nothing to tell?

    Production's label moves in every rollout that completes or is rolled back, which say so
    themselves; alone it speaks only when it went back to what it had held before.
    """
    if event.action != "label.moved":
        return False
    held = LabelEvent.objects.filter(prompt=version.prompt, name="production")
    if held.filter(version_after=version).count() < 2:
        return True
    return (
        _neighbours(event)
        .filter(
            action="rollout.ended",
            object_id__in=[str(pk) for pk in version.prompt.versions.values_list("pk", flat=True)],
        )
        .exists()
    )


def who_did_it(event: Event) -> Event:
    """Return the event that names the person: a cancelled run's verdict comes from the gate."""
    if event.action != "verdict.recorded":
        return event
    following = Event.objects.select_related("actor").filter(chain=event.chain, seq=event.seq + 1)
    return following.filter(action="run.cancelled").first() or event


def _neighbours(event: Event) -> QuerySet[Event]:
    return Event.objects.filter(
        chain=event.chain,
        seq__range=(event.seq - NEAR, event.seq + NEAR),
        actor=event.actor_id,
        actor_name=event.actor_name,
        reason=event.reason,
        request_id=event.request_id,
    )
