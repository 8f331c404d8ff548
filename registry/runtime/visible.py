"""Which versions a key may see: those that hold or held one of its labels, and the treatment."""

from collections.abc import Set

from django.db.models import Exists, OuterRef, Q

from registry.domain.lifecycle import RolloutState
from registry.release.models import LabelEvent, Rollout


def seen_with(labels: Set[str]) -> Q:
    """Return the condition on versions for a key that may read `labels`.

    While a canary runs, its version is part of what production answers, so a key for either
    sees it. Drafts and rejected texts never held a label.
    """
    held = LabelEvent.objects.filter(version_after=OuterRef("pk"), name__in=labels)
    shown = Q(Exists(held))
    if labels & {"production", "canary"}:
        running = Rollout.objects.filter(version=OuterRef("pk"), state=RolloutState.CANARY)
        shown |= Q(Exists(running))
    return shown
