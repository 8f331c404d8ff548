"""Play the stories on one simulated clock: calls, looks and clicks, ten minutes at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from django.db import transaction

from evaluation.online.intake.observation import Observation
from evaluation.online.intake.record import record
from evaluation.online.replay.calls import calls_of
from evaluation.online.replay.stage import PLAN, Cast, Scene, evaluate_queued, set_stage
from evaluation.online.replay.stories import STORIES, Story
from evaluation.online.start import start_rollout
from evaluation.online.watch.tick import tick_all
from registry.domain.lifecycle import UNDER_WAY
from registry.notices.announce import skip_to_now
from registry.projects.models import Project
from registry.release.models import Rollout
from registry.release.rollout import advance, plan_of

BEFORE = timedelta(hours=2)  # of traffic, on which the rollouts are begun
STEP = timedelta(minutes=10)
AFTERWARDS = timedelta(minutes=90)
BATCH = 1000
SEED = 2026
DOOR = "observations"


@dataclass(frozen=True)
class Told:
    """A story that was played: its rollout as it stands, and how many calls it took."""

    scene: Scene
    rollout: Rollout
    calls: int


def play(
    slug: str,
    *,
    now: datetime,
    say: Callable[[str], None],
    stories: Sequence[Story] = STORIES,
) -> list[Told]:
    """Play `stories` in a new sandbox project `slug`, so that they end at `now`.

    Raises Refused when the slug is taken.
    """
    length = BEFORE + timedelta(minutes=PLAN.total_minutes) + AFTERWARDS
    clock, random = now - length, Random(SEED)
    cast, scenes = set_stage(slug, stories, now=clock)
    started, calls = False, dict.fromkeys((scene.prompt.pk for scene in scenes), 0)
    starts = clock + BEFORE
    while clock + STEP <= now:
        if clock >= starts and not started:
            _start(cast, scenes, clock, say)
            started = True
        for scene in scenes:
            calls[scene.prompt.pk] += _report(cast, scene, clock, clock + STEP, random)
        clock += STEP
        _look(cast, scenes, clock)
    _show(cast.project)
    return [Told(scene, _rollout(scene), calls[scene.prompt.pk]) for scene in scenes]


def _start(cast: Cast, scenes: list[Scene], now: datetime, say: Callable[[str], None]) -> None:
    for scene in scenes:
        rollout = start_rollout(
            scene.new,
            actor=cast.actor("lea"),
            reason="Ready for production.",
            now=now,
            percent=PLAN.stages[0].percent,  # what is proposed varies with the minute of the hour
        )
        say(f"{scene.prompt} {scene.new.semver} starts, {rollout.mode}.")


def _report(cast: Cast, scene: Scene, since: datetime, until: datetime, random: Random) -> int:
    """Report the calls of a stretch of time; return how many there were."""
    rollout = _current(scene)
    count = 0
    for batch in _batches(calls_of(scene, rollout, since, until, random)):
        count += record(cast.project, batch, now=until, door=DOOR).taken
    return count


def _look(cast: Cast, scenes: list[Scene], now: datetime) -> None:
    """Let the watcher look, the worker work, and Lea click what is left to her."""
    tick_all(now, cast.project)
    evaluate_queued(cast.project)
    for scene in scenes:
        rollout = _current(scene) if scene.story.by_hand else None
        if rollout is None or rollout.state not in UNDER_WAY:
            continue
        if now >= plan_of(rollout).due_at(rollout.percent, rollout.step_started_at):
            advance(
                rollout,
                expected_epoch=rollout.epoch,
                actor=cast.actor("lea"),
                reason="Read ten answers of each version side by side: nothing unusual.",
                now=now,
            )


def _current(scene: Scene) -> Rollout | None:
    """Return the rollout of the new version, once it is started."""
    return Rollout.objects.filter(version=scene.new).first()


def _rollout(scene: Scene) -> Rollout:
    rows = Rollout.objects.select_related("prompt__project", "version", "tick")
    return rows.get(version=scene.new)


@transaction.atomic
def _show(project: Project) -> None:
    """Let people see the project; what happened in it is news to nobody."""
    skip_to_now(project)
    project.hidden_at = None
    project._change_reason = "The replay is over."
    project.save()


def _batches(calls: Iterator[Observation]) -> Iterator[list[Observation]]:
    while batch := list(islice(calls, BATCH)):
        yield batch
