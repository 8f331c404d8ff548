"""Segments: stretches of time in which versions and percentage stay the same."""

from datetime import datetime

from registry.prompts.models import Prompt
from registry.release.labels import version_at
from registry.release.models import Rollout, Segment


def open_segment(rollout: Rollout, now: datetime) -> Segment:
    """End the open segment of the prompt and begin the one of a rollout under way."""
    return _open(
        rollout.prompt,
        now,
        kind=Segment.Kind.ROLLOUT,
        rollout=rollout,
        epoch=rollout.epoch,
        treatment=rollout.version,
        percent=rollout.percent,
    )


def open_standing(prompt: Prompt, now: datetime) -> Segment:
    """End the open segment of the prompt and begin one in which production serves everyone."""
    return _open(prompt, now, kind=Segment.Kind.STANDING, percent=0)


def _open(prompt: Prompt, now: datetime, **fields: object) -> Segment:
    Segment.objects.filter(prompt=prompt, ended_at=None).update(ended_at=now)
    control = version_at(prompt, "production")
    return Segment.objects.create(prompt=prompt, control=control, started_at=now, **fields)
