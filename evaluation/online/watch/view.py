"""All that one look at a rollout needs to know, read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self

from evaluation.domain.watch.guardrails import Guardrail
from evaluation.domain.watch.restarts import restarts_at
from evaluation.online.models import Watch
from registry.domain.policy import Plan, Policy
from registry.domain.watching import Watching
from registry.projects.models import Project
from registry.release.models import Rollout, Segment

QUIET = timedelta(minutes=15)  # data older than this says nothing about the present
A_FEW = 10  # calls; thin traffic may be quiet for as long as these take
SLACK = 2  # a rollout is planned to take up to so many times its minutes


@dataclass(frozen=True)
class View:
    """A rollout with its watch, its segments in time order, and the moment of the look."""

    rollout: Rollout
    watch: Watch
    segments: Sequence[Segment]
    now: datetime

    @classmethod
    def of(cls, rollout: Rollout, watch: Watch, now: datetime) -> Self:
        """Read the segments of `rollout`."""
        rows = Segment.objects.filter(rollout=rollout).order_by("started_at", "pk")
        return cls(rollout, watch, list(rows), now)

    @property
    def project(self) -> Project:
        """The project of the prompt."""
        return self.rollout.prompt.project

    @property
    def present(self) -> Segment | None:
        """The segment that is open, or was last."""
        return self.segments[-1] if self.segments else None

    @property
    def shares(self) -> list[Segment]:
        """The segments in which part of production was served by the new version."""
        return [segment for segment in self.segments if segment.percent]

    @cached_property
    def plan(self) -> Plan:
        """The plan that was copied into the rollout."""
        return Plan.from_document(self.rollout.plan)

    @cached_property
    def watching(self) -> Watching:
        """What the watcher may do, by the policy that the rollout started under."""
        return Policy.from_document(self.rollout.policy.document).watching

    @cached_property
    def guardrails(self) -> list[Guardrail]:
        """What the rollout is held to."""
        return [Guardrail.from_document(document) for document in self.watch.guardrails]

    def restarts(self, start: datetime, minutes: int) -> tuple[list[datetime], int]:
        """Return the moments up to now from which evidence is also counted anew.

        And how many are planned for something that begins at `start` and lasts `minutes`: fixed
        beforehand, so that looking longer costs nothing.
        """
        until = start + timedelta(minutes=SLACK * minutes)
        planned = restarts_at(start, until, planned_until=until)
        return [moment for moment in planned if moment <= self.now], len(planned)

    def fresh_within(self, calls_per_hour: float) -> timedelta:
        """Return how old the newest call of an arm with such traffic may be."""
        if calls_per_hour <= 0:
            return QUIET
        return max(QUIET, timedelta(hours=A_FEW / calls_per_hour))
