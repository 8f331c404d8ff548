"""Rollouts on a clock of their own, and live traffic written as the sums it leaves.

The project is a sandbox so that tests tell the time; each step lasts an hour.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from evaluation.domain.watch.answer import Answer
from evaluation.domain.watch.figures import SHARDS
from evaluation.domain.watch.histogram import bucket_of
from evaluation.online.intake.place import Spot
from evaluation.online.intake.series import series_of
from evaluation.online.intake.tally import HOUR, MINUTE, Tally
from evaluation.online.intake.write import add_tally
from evaluation.online.start import start_rollout
from evaluation.online.watch.tick import tick
from registry.domain.policy import Plan, Policy, Stage
from registry.domain.semver import Risk
from registry.domain.watching import Watching
from registry.projects.policies import change_policy
from registry.prompts.models import Prompt, Version
from registry.release.labels import version_at
from registry.release.models import Rollout, Segment, Verdict
from tests.stages import FIRST_TEXT, MINOR_TEXT, World, cleared, prompt_named, saved, world

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
HOUR_LONG = timedelta(hours=1)


@dataclass(frozen=True)
class Calls:
    """What so many calls leave: means, and how much single calls differ."""

    n: int = 100
    errors: int = 0
    score: float | None = 0.8
    latency: float = 900.0  # milliseconds, about
    tokens: float | None = 400.0
    cost: float | None = None
    slow: int | None = None
    scored: int | None = None
    custom: Mapping[str, float] | None = None

    def sums(self) -> dict[str, tuple[int, float, float]]:
        """Return n, total and squares by metric."""
        found = {
            "error": (self.n, float(self.errors), float(self.errors)),
            "latency": _spread(self.n, math.log(self.latency), 0.6),
        }
        if self.score is not None:
            found["score:faithfulness"] = _spread(self.scored or self.n, self.score, 0.21)
        if self.tokens is not None:
            found["tokens"] = _spread(self.n, self.tokens, self.tokens * 0.6)
        if self.cost is not None:
            found["cost"] = _spread(self.n, self.cost, self.cost * 0.6)
        if self.slow is not None:
            found["slow"] = (self.n, float(self.slow), float(self.slow))
        for name, mean in (self.custom or {}).items():
            found[f"score:{name}"] = _spread(self.n, mean, 0.2)
        return found


def _spread(n: int, mean: float, deviation: float) -> tuple[int, float, float]:
    return n, n * mean, n * mean**2 + max(0, n - 1) * deviation**2


def report(segment: Segment, arm: str, calls: Calls, at: datetime, **assigned: int) -> None:
    """Leave the sums of `calls` made at `at`. Keywords: `assigned`, `misassigned` calls."""
    version = segment.treatment_id if arm in ("treatment", "staging") else segment.control_id
    assert version is not None
    spot = Spot(segment.prompt_id, version, segment.pk, arm)
    series = series_of({spot})[spot]
    sums = calls.sums()
    if arm != "staging" and segment.percent:
        sums["assigned"] = _same(assigned.get("assigned", calls.n))
        if wrong := assigned.get("misassigned", 0):
            sums["misassigned"] = _same(wrong)
    tally = Tally()
    minute = at.replace(second=0, microsecond=0)
    for metric, (n, total, squares) in sums.items():
        tally.rollups[series, metric, MINUTE, minute] = [n, total, squares]
        tally.rollups[series, metric, HOUR, minute.replace(minute=0)] = [n, total, squares]
        for shard in range(SHARDS):
            part = n // SHARDS + (shard < n % SHARDS)
            if part:
                tally.shards[series, metric, shard] = [part, total * part / n]
    tally.histograms[series, at.date(), bucket_of(calls.latency)] = calls.n
    add_tally(tally)


def _same(n: int) -> tuple[int, float, float]:
    return n, float(n), float(n)


class Story:
    """A prompt with something in production, and a version on its way, told hour by hour."""

    def __init__(
        self,
        *,
        risk: str = "MINOR",
        soak: int = 0,
        stages: tuple[tuple[int, int], ...] = ((5, 60), (25, 60), (50, 60)),
        watching: Watching | None = None,
        now: datetime = NOON,
    ) -> None:
        """Set the policy, and bring a first version to production at `now`."""
        self.now = now
        self.world: World = world(sandbox=True)
        self.prompt: Prompt = prompt_named(self.world)
        _set_policy(self.world, Risk(risk), soak, stages, watching or Watching())
        first = cleared(self.world, saved(self.world, self.prompt, FIRST_TEXT))
        self.start(first)
        self.rollout: Rollout | None = None

    def version(self, body: str = MINOR_TEXT) -> Version:
        """Return a cleared version on top of production."""
        base = version_at(self.prompt, "production")
        return cleared(self.world, saved(self.world, self.prompt, body, base=base))

    def start(self, version: Version, **how: Any) -> Rollout:
        """Start its rollout as Lea, at the story's time."""
        lea = self.world.actor("lea")
        self.rollout = start_rollout(version, actor=lea, reason="Go.", now=self.now, **how)
        return self.rollout

    def at(self) -> Rollout:
        """Return the rollout as it stands."""
        assert self.rollout is not None
        return Rollout.objects.select_related("version", "prompt").get(pk=self.rollout.pk)

    def segment(self) -> Segment:
        """Return the open segment of the prompt."""
        return Segment.objects.get(prompt=self.prompt, ended_at=None)

    def traffic(self, hours: int = 24, calls: Calls | None = None) -> None:
        """Let production be reported on for some hours, up to now."""
        for back in range(hours, 0, -1):
            report(self.segment(), "control", calls or Calls(1000), self.now - back * HOUR_LONG)

    def begun(self, *, percent: int = 5, attended: bool = False) -> "Story":
        """Let production have been reported on for a day, and start the new version.

        Whatever the traffic proposes: that has tests of its own.
        """
        self.traffic()
        self.start(self.version(), percent=percent, attended=attended)
        return self

    def live(self, new: Calls | None = None, old: Calls | None = None, *, hours: int = 1) -> None:
        """Let both arms be reported on for some hours; the new version's share is as agreed."""
        segment = self.segment()
        base = old or Calls(9500)
        share = segment.percent / (100 - segment.percent)
        for _ in range(hours):
            self.now += HOUR_LONG
            at = self.now - timedelta(minutes=1)
            report(segment, "control", base, at)
            fresh = new or replace(base, n=round(base.n * share))
            report(segment, "treatment", fresh, at)

    def staging(self, calls: Calls) -> None:
        """Let staging be reported on."""
        report(self.segment(), "staging", calls, self.now - timedelta(minutes=1))

    def wait(self, **time: float) -> None:
        """Let time pass: hours=…, minutes=…"""
        self.now += timedelta(**time)

    def stands(self) -> tuple[str, int, bool]:
        """Return state, percent, and whether it is held."""
        rollout = self.at()
        return rollout.state, rollout.percent, bool(rollout.held_reason)

    def serves(self, label: str) -> str:
        """Return the number of what a label points to."""
        version = version_at(self.prompt, label)
        return version.semver if version else ""

    def verdicts(self, kind: str = "canary") -> list[str]:
        """Return the outcomes recorded of the rollout, in order."""
        rows = Verdict.objects.filter(rollout=self.rollout, kind=kind).order_by("pk")
        return list(rows.values_list("outcome", flat=True))

    def tick(self) -> Answer | None:
        """Let the watcher look now."""
        assert self.rollout is not None
        return tick(self.rollout.pk, now=self.now)


def _set_policy(
    world: World,
    risk: Risk,
    soak: int,
    stages: tuple[tuple[int, int], ...],
    watching: Watching,
) -> None:
    policy = Policy.default("team", sandbox=True)
    plan = Plan(soak, tuple(Stage(*stage) for stage in stages))
    risks = {**policy.risks, risk: replace(policy.risks[risk], plan=plan)}
    change_policy(
        world.project,
        policy=replace(policy, risks=risks, watching=watching),
        actor=world.actor("ada"),
        reason="For the tests.",
    )
