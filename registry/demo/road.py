"""Take a version along its road, as the people of the demo would, on a clock given from outside."""

from datetime import datetime, timedelta

from evaluation.offline.models import RunShard
from evaluation.offline.run import work
from evaluation.offline.submit import submit
from registry.demo.people import Company
from registry.domain.content import Content
from registry.domain.lifecycle import UNDER_WAY, Clearance
from registry.domain.semver import Bump
from registry.prompts.models import Prompt, Version
from registry.prompts.save import lowest_bump, save_version
from registry.release.models import Release, Rollout
from registry.release.review import approve
from registry.release.rollout import advance, plan_of, start


def write(
    company: Company, prompt: Prompt, content: Content, base: Version | None, reason: str
) -> Version:
    """Let Ana save a version with the lowest honest bump."""
    floor = lowest_bump(base, content)
    return save_version(
        prompt,
        content=content,
        bump=floor.bump if floor else Bump.MAJOR,
        base=base,
        reason=reason,
        actor=company.actor("ana"),
    )


def evaluate(company: Company, version: Version) -> Release:
    """Submit a version and do at once what the worker would."""
    submit(version, actor=company.actor("ana"), reason="Please look.")
    for shard in RunShard.objects.filter(run__version=version, state=RunShard.State.QUEUED):
        work(shard.pk)
    release = Release.objects.get(version=version)
    version.release = release
    return release


def ship(company: Company, version: Version, now: datetime, *, evaluated: bool = False) -> None:
    """Evaluate, sign where needed, and roll out to everyone, from `now` on."""
    release = Release.objects.get(version=version) if evaluated else evaluate(company, version)
    if release.state == Clearance.IN_REVIEW:
        approve(
            version,
            seen_digest=version.digest,
            seen_verdict=release.verdict_id,
            actor=company.actor("rui"),
            comment="Read and compared.",
        )
    walk(company, start(version, actor=company.actor("lea"), reason="Ready.", now=now))


def walk(company: Company, rollout: Rollout, *, until: int = 100) -> Rollout:
    """Advance a rollout, each step as soon as its minutes are over, up to `until` percent."""
    now = rollout.step_started_at
    while rollout.state in UNDER_WAY and rollout.percent < until:
        now += timedelta(minutes=plan_of(rollout).minutes_at(rollout.percent))
        rollout = advance(
            rollout,
            expected_epoch=rollout.epoch,
            actor=company.actor("lea"),
            reason="Nothing unusual.",
            now=now,
        )
    return rollout
