"""A prompt in its canary, judged on live traffic by a simulated judge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from evaluation.offline.defaults import set_defaults
from evaluation.online.intake.observation import Observation, SampleText
from evaluation.online.intake.record import record
from evaluation.online.models import Sample
from evaluation.providers.connections import SIMULATED
from registry.audit.clock import database_now
from registry.prompts.models import Prompt
from registry.release.models import Rollout
from tests import stages

GOOD = "Your order 40017 left the warehouse on Tuesday and arrives on Friday."


@dataclass
class Live:
    """A project, a prompt and its rollout under way."""

    world: stages.World
    prompt: Prompt
    rollout: Rollout
    now: datetime

    def calls(self, arm: str, numbers: range, **changes) -> None:
        """Report one call for each number, with its text."""
        version = self.rollout.version if arm == "treatment" else self.rollout.production_before
        assert version is not None
        rows = [
            Observation(
                "observations",
                f"{arm} {number}",
                changes.get("at", self.now) - timedelta(seconds=number),
                self.prompt.name,
                str(version.semver),
                label="production",
                variant=arm,
                rollout=self.rollout.pk,
                epoch=self.rollout.epoch,
                bucket=number % 500 if arm == "treatment" else 5000 + number,
                scores=changes.get("scores", {}),
                sample=SampleText(
                    {"question": f"Where is order {40000 + number}?"},
                    changes.get("output", GOOD),
                    changes.get("context", ()),
                ),
            )
            for number in numbers
        ]
        result = record(self.world.project, rows, now=self.now, door="observations")
        assert not result.rejected, result.rejected

    def budget(self, **budget) -> None:
        """Say what the project spends on judging live answers a day."""
        set_defaults(
            self.world.project,
            connection=SIMULATED,
            judges=[{"version": pk} for pk in self.judges],
            thresholds={},
            budget=budget,
            actor=self.world.actor("ana"),
            reason="For the tests.",
        )

    judges: tuple[int, ...] = ()

    def judged(self, arm: str) -> int:
        """Return how many samples of an arm were judged."""
        return Sample.objects.filter(series__arm=arm, judged_at__isnull=False).count()


@pytest.fixture
def make_live(db) -> Callable[..., Live]:
    """Make a rollout that began an hour ago, in a sandbox unless told otherwise."""

    def make(*, sandbox: bool = True, kinds: tuple[str, ...] = ("relevance",)) -> Live:
        world = stages.world(sandbox=sandbox)
        prompt = stages.prompt_named(world)
        stages.in_production(world, prompt)
        judges = tuple(stages.with_judge(world, kind).pk for kind in kinds)
        rollout = stages.in_canary(world, prompt)
        live = Live(world, prompt, rollout, database_now(), judges=judges)
        live.budget()
        return live

    return make


@pytest.fixture
def live(make_live: Callable[..., Live]) -> Live:
    """The usual one."""
    return make_live()
