"""Segments: stretches of time in which versions and percentage stay the same."""

from datetime import datetime

from registry.domain.lifecycle import RolloutState
from registry.prompts.models import Prompt
from registry.release.labels import version_at
from registry.release.models import Rollout, Segment


def open_segment(rollout: Rollout, now: datetime) -> Segment:
    """End the open segment of the prompt and begin the one that `rollout` asks for now."""
    prompt = rollout.prompt
    standing = rollout.state in (RolloutState.COMPLETE, RolloutState.ROLLED_BACK)
    close_segments(prompt, now)
    return Segment.objects.create(
        prompt=prompt,
        rollout=None if standing else rollout,
        kind=Segment.Kind.STANDING if standing else Segment.Kind.ROLLOUT,
        epoch=rollout.epoch,
        control=version_at(prompt, "production"),
        treatment=None if standing else rollout.version,
        percent=0 if standing else rollout.percent,
        started_at=now,
    )


def close_segments(prompt: Prompt, now: datetime) -> None:
    """End whatever segment of the prompt is open."""
    Segment.objects.filter(prompt=prompt, ended_at=None).update(ended_at=now)
