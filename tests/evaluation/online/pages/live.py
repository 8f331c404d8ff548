"""Rollouts with traffic behind them, for pages: calls are recorded as they would have come in."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from evaluation.online.intake.observation import Observation
from evaluation.online.intake.record import record
from evaluation.online.models import Watch
from evaluation.online.start import start_rollout
from evaluation.online.watch.tick import tick
from registry.audit.clock import database_now
from registry.prompts.models import Prompt, Version
from registry.release.labels import version_at
from registry.release.models import Rollout
from registry.release.rollout import advance
from tests import stages
from tests.stages import World

HOUR = timedelta(hours=1)
IDS = count()


@dataclass(frozen=True)
class Calls:
    """What calls of one arm are like."""

    quality: float = 0.84
    errors: float = 0.01
    milliseconds: float = 820
    tokens: int = 640
    scores: tuple[str, ...] = ("faithfulness", "relevance")


@dataclass
class Traffic:
    """Calls to one prompt, `per_hour` in all; seeded, so that a page looks the same each time."""

    world: World
    prompt: Prompt
    per_hour: int = 100
    chance: random.Random = field(default_factory=lambda: random.Random(6))

    def serve(
        self,
        start: datetime,
        end: datetime,
        *,
        version: Version,
        usual: Calls = Calls(),
        rollout: Rollout | None = None,
        new: Calls = Calls(),
        step: timedelta = HOUR,
    ) -> None:
        """Record calls from `start` to `end`: production's, and of `rollout` its share."""
        at = start
        while at < end:
            until = min(at + step, end)
            number = round(self.per_hour * ((until - at) / HOUR))
            calls = [
                self._call(at + (until - at) * self.chance.random(), version, usual, rollout, new)
                for _ in range(number)
            ]
            for first in range(0, len(calls), 1000):
                record(
                    self.world.project, calls[first : first + 1000], now=until, door="observations"
                )
            at = until

    def _call(
        self,
        at: datetime,
        version: Version,
        usual: Calls,
        rollout: Rollout | None,
        new: Calls,
    ) -> Observation:
        bucket = self.chance.randrange(10_000)
        percent = rollout.percent if rollout else 0
        ours = bucket < percent * 100
        like, served = (new, rollout.version) if ours and rollout else (usual, version)
        label = "production"
        if rollout and not percent and self.chance.random() < 0.3:
            like, served, label = new, rollout.version, "staging"
        return Observation(
            source="observations",
            id=f"{self.prompt.name} {next(IDS)}",
            at=at,
            prompt=self.prompt.name,
            version=served.semver,
            label=label,
            variant="treatment" if ours else "control",
            rollout=rollout.pk if rollout and percent else None,
            epoch=rollout.epoch if rollout and percent else None,
            bucket=bucket,
            error=self.chance.random() < like.errors,
            latency_ms=self.chance.lognormvariate(0, 0.4) * like.milliseconds,
            input_tokens=int(like.tokens * self.chance.uniform(0.6, 1.4)),
            output_tokens=40,
            scores={
                name: min(1.0, max(0.0, self.chance.gauss(like.quality, 0.12)))
                for name in like.scores
            },
        )


@dataclass
class Scene:
    """A prompt in production with a rollout of a MINOR over it."""

    world: World
    prompt: Prompt
    first: Version
    traffic: Traffic
    rollout: Rollout

    def step(self, now: datetime) -> Rollout:
        """Take the next step as Lea would, with a reason."""
        self.rollout.refresh_from_db()
        self.rollout = advance(
            self.rollout,
            expected_epoch=self.rollout.epoch,
            actor=self.world.actor("lea"),
            reason="I looked at the answers.",
            now=now,
        )
        return self.rollout

    def serve(self, start: datetime, end: datetime, **how: object) -> None:
        """Send calls while the rollout is where it is."""
        self.traffic.serve(start, end, version=self.first, rollout=self.rollout, **how)  # type: ignore[arg-type]

    def look(self) -> Rollout:
        """Let the watcher look, now."""
        tick(self.rollout.pk)
        self.rollout.refresh_from_db()
        return self.rollout


def begun(
    world: World,
    name: str = "support/system",
    *,
    hours_ago: float = 50,
    per_hour: int = 40,
    attended: bool | None = False,
    percent: int | None = 25,
    silent: bool = False,
) -> Scene:
    """Start a rollout of a MINOR so many hours ago; it soaks. `silent`: nobody ever reported."""
    prompt = stages.prompt_named(world, name)
    first = stages.in_production(world, prompt)
    traffic = Traffic(world, prompt, per_hour)
    start = database_now() - timedelta(hours=hours_ago)
    if not silent:
        traffic.serve(start - 6 * HOUR, start, version=first)
    base = version_at(prompt, "production")
    version = stages.cleared(world, stages.saved(world, prompt, stages.MINOR_TEXT, base=base))
    rollout = start_rollout(
        version,
        actor=world.actor("lea"),
        reason="Names the order in each answer.",
        now=start,
        percent=percent,
        attended=attended,
    )
    assert Watch.objects.filter(rollout=rollout).exists()
    return Scene(world, prompt, first, traffic, rollout)


def in_canary(world: World, name: str = "support/system", **how: object) -> Scene:
    """Bring a rollout through a day of soak to its first share, 26 hours ago; no look yet."""
    scene = begun(world, name, **how)  # type: ignore[arg-type]
    scene.step(scene.rollout.started_at + 24 * HOUR)
    return scene
