"""What starting a rollout would do, in sentences for who is about to click."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.domain.lifecycle import Clearance
from registry.domain.policy import Plan, duration
from registry.prompts.models import Version
from registry.release.models import Release, Rollout


@dataclass(frozen=True)
class Stop:
    """A stop on the way: what happens then, and the earliest moment; None for at once."""

    words: str
    at: datetime | None


def way_of(plan: Plan, version: Version, production: Version | None, now: datetime) -> list[Stop]:
    """Return the stops of a rollout that starts at `now`, the last one in production."""
    stops, at, after = [], now, None
    if plan.soak_minutes:
        words = f"Staging serves {version.semver} for {duration(plan.soak_minutes)}"
        stops.append(Stop(words, None))
        at += timedelta(minutes=plan.soak_minutes)
        after = at
    for stage in plan.stages:
        words = f"{stage.percent} % of production for {duration(stage.minutes)}"
        stops.append(Stop(words, after))
        at += timedelta(minutes=stage.minutes)
        after = at
    end = f"Everybody gets {version.semver}"
    return [*stops, Stop(f"{end} instead of {production.semver}" if production else end, after)]


def promises(
    plan: Plan, release: Release, production: Version | None, *, watched: bool
) -> Iterator[str]:
    """Yield what holds on the way, whoever takes the steps; `watched` if anybody reports."""
    version = release.version
    if release.state == Clearance.IN_REVIEW:
        yield f"{version.semver} is still in review: it stays on staging until it is approved."
    if production is None:
        yield "Production serves nothing yet, so nothing can get worse."
    elif plan.total_minutes:
        yield f"Production goes on serving {production.semver} to everybody else until the end."
        if watched:
            yield f"If live traffic shows that {version.semver} is worse, it goes back by itself."
    else:
        yield f"One click brings {production.semver} back."


def offers(running: Rollout | None, *, may_hotfix: bool) -> list[tuple[str, str]]:
    """Return the choices of when to start, with their consequences; the proposed one first."""
    if running is None:
        return [("now", "Now"), ("later", "At a time")]
    other = running.version.semver
    is_test = running.kind == Rollout.Kind.AB
    what = f"the A/B test of {other}" if is_test else f"the rollout of {other}"
    stale = f"; if {other} is in production then, this text is first brought up to date with it"
    found = [
        ("queue", f"When {what} has ended{'' if is_test else stale}"),
        ("replace", f"Now: {what} ends, and this takes its place"),
    ]
    if may_hotfix and not is_test:
        words = (
            f"Now, as a hotfix: everybody gets it at once; {other} goes back and waits until its "
            "text is brought up to date"
        )
        found.append(("hotfix", words))
    return [*found, ("later", f"At a time, and not before {what} has ended")]
