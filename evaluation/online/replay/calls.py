"""The calls of one story, as its application would report them: made up, the same each time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from evaluation.online.intake.observation import Observation, SampleText
from evaluation.online.replay.stage import Scene
from evaluation.online.replay.stories import USUAL_ERRORS, Story
from registry.domain.assignment import bucket
from registry.domain.lifecycle import RolloutState
from registry.release.models import Rollout

CONVERSATIONS = 20_000  # units: each with a few calls
STAGING_CALLS = 240  # an hour, where there is traffic at all
HALF_AN_HOUR = timedelta(minutes=30)
ATTACHED = 5  # one call in so many carries its texts
_GRADES = (0.2, 0.4, 0.6, 0.8, 1.0)
_SHARES = (0.02, 0.04, 0.2, 0.4, 0.34)  # of each grade: a mean of 0.80


def calls_of(
    scene: Scene, rollout: Rollout | None, since: datetime, until: datetime, random: Random
) -> Iterator[Observation]:
    """Yield what is reported of a stretch of time; `rollout` is that of the new version, if any.

    What was rolled back is reported on for half an hour more, so that its charts show the end.
    """
    if rollout is not None and rollout.ended_at and rollout.state == RolloutState.ROLLED_BACK:
        if since > rollout.ended_at + HALF_AN_HOUR:
            return
        rollout = None
    story, hours = scene.story, (until - since) / timedelta(hours=1)
    soaks = rollout is not None and rollout.state == RolloutState.SOAKING
    if rollout is not None and not soaks and _is_silent(story.silent_after, rollout, since):
        return
    for _ in range(round(story.calls * hours)):
        yield _production_call(scene, rollout, _moment(since, until, random), random)
    for _ in range(round(min(STAGING_CALLS, story.calls) * hours) if soaks else 0):
        yield _call(scene, "staging", True, _moment(since, until, random), random)


def _is_silent(after: int | None, rollout: Rollout, at: datetime) -> bool:
    return after is not None and at >= rollout.step_started_at + timedelta(minutes=after)


def _production_call(
    scene: Scene, rollout: Rollout | None, at: datetime, random: Random
) -> Observation:
    if rollout is None or rollout.state != RolloutState.CANARY:
        return _call(scene, "production", _serves_new(rollout), at, random)
    unit = f"conversation-{random.randrange(CONVERSATIONS)}"
    number = bucket(rollout.salt, unit)
    treated = number < rollout.percent * 100
    return _call(scene, "production", treated, at, random, rollout=rollout, number=number)


def _serves_new(rollout: Rollout | None) -> bool:
    return rollout is not None and rollout.state == RolloutState.COMPLETE


def _call(
    scene: Scene,
    label: str,
    is_new: bool,
    at: datetime,
    random: Random,
    *,
    rollout: Rollout | None = None,
    number: int | None = None,
) -> Observation:
    story, in_canary = scene.story, number is not None
    failed = random.random() < (story.errors if is_new else USUAL_ERRORS)
    grade = random.choices(_GRADES, _SHARES)[0] - (story.worse if is_new else 0.0)
    number_of_call = random.getrandbits(64)
    return Observation(
        source="observations",
        id=f"{number_of_call:016x}",
        at=at,
        prompt=scene.prompt.name,
        version=str((scene.new if is_new else scene.old).semver),
        label=label,
        variant=("treatment" if is_new else "control") if in_canary else "",
        rollout=rollout.pk if rollout else None,
        epoch=rollout.epoch if rollout else None,
        bucket=number,
        error=failed,
        latency_ms=random.lognormvariate(6.8, 0.6),
        input_tokens=300,
        output_tokens=round(random.lognormvariate(5, 0.4)),
        scores={"faithfulness": max(0.0, grade)} if story.scored and not failed else {},
        sample=None if failed else _texts(story, number_of_call, is_bad=is_new and grade < 0.6),
    )


def _texts(story: Story, number: int, *, is_bad: bool) -> SampleText | None:
    """Return what is attached to the call `number`, if anything: as often whatever it answered."""
    if story.answers is None or number % ATTACHED:
        return None
    usual, bad = story.answers
    asked = {"topic": f"a return of order {40_000 + number // ATTACHED % 10_000}"}
    return SampleText(input=asked, output=bad if is_bad else usual, context=(usual,))


def _moment(since: datetime, until: datetime, random: Random) -> datetime:
    return since + (until - since) * random.random()
