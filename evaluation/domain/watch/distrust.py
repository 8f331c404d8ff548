"""Why the figures cannot be trusted to let a version go further: silence, loss, mix-ups."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from evaluation.domain.watch.coverage import coverage
from evaluation.domain.watch.figures import ArmFigures, Figures
from evaluation.domain.watch.guardrails import QUALITY, Guardrail
from evaluation.domain.watch.ratio import RatioFound
from evaluation.domain.watch.words import called, calls, lasting, listed, percent

CALLS = "error"  # its n counts all calls
MISASSIGNED = 0.01
A_FEW = 3  # mix-ups: fewer may be clients that just learned of a change
NEW, OLD = "the new version", "production's version"


def distrust(
    guardrails: Sequence[Guardrail],
    figures: Figures,
    ratio: RatioFound | None,
    *,
    now: datetime,
    since: datetime,
    fresh_within: timedelta,
) -> list[str]:
    """Return why nothing may advance now, the most telling first; empty if all is well."""
    quiet = list(_silent(figures, now, since, fresh_within))
    missing = [] if quiet else list(_missing(guardrails, figures, now - since > fresh_within))
    return [
        *quiet,
        *_lost(ratio),
        *_mixed_up(figures),
        *missing,
        *_uncovered(guardrails, figures),
    ]


def _silent(
    figures: Figures, now: datetime, since: datetime, fresh_within: timedelta
) -> Iterator[str]:
    arms = ((NEW, figures.newest_treatment), (OLD, figures.newest_control))
    silent = [
        (name, now - max(newest or since, since))
        for name, newest in arms
        if now - max(newest or since, since) > fresh_within
    ]
    if len(silent) == 2:
        time = lasting(min(time for _, time in silent))
        yield (
            f"No calls have been reported for {time}, of either version: nothing advances "
            "until reports come in. Look whether the apps still send them."
        )
    elif silent:
        name, alone = silent[0]
        yield (
            f"No call of {name} has been reported for {lasting(alone)}: nothing advances until "
            "reports come in. Look whether the apps still send them."
        )


def _lost(ratio: RatioFound | None) -> Iterator[str]:
    if ratio is not None and ratio.is_off and ratio.share is not None:
        yield (
            f"The new version has {percent(ratio.share / 100)} of the {calls(ratio.calls)} "
            f"instead of {percent(ratio.wanted / 100)}: reports get lost or apps split the calls "
            "otherwise, so the two cannot be compared. Look at what the apps send."
        )


def _mixed_up(figures: Figures) -> Iterator[str]:
    found = figures.misassigned
    if found >= A_FEW and found > MISASSIGNED * figures.assigned:
        share = percent(found / max(found, figures.assigned))
        yield (
            f"{share} of the calls were served the version meant for the other group: an app "
            "splits its calls otherwise than agreed. Update its client."
        )


def _missing(guardrails: Sequence[Guardrail], figures: Figures, it_is_time: bool) -> Iterator[str]:
    """Say which required metrics lack a value, once they had the time to come in."""
    for arms, names in lacking(guardrails, figures).items() if it_is_time else ():
        yield (
            f"No figures of {listed(names)} come in for {arms}, and nothing advances without "
            "them. Send them, or take the metric out of the policy."
        )


def lacking(guardrails: Sequence[Guardrail], figures: Figures) -> dict[str, list[str]]:
    """Return the required metrics without a value in the present step, by the arms' names."""
    found: dict[str, list[str]] = {}
    for guardrail in guardrails:
        strata = figures.strata.get(guardrail.metric, ())
        new = strata and _values(strata[-1].treatment)
        old = strata and _values(strata[-1].control)
        if guardrail.required and not (new and old):
            arms = OLD if new else NEW if old else "either version"
            found.setdefault(arms, []).append(called(guardrail))
    return found


def _values(arm: ArmFigures) -> int:
    """Return how many values came since the restart before the last: a judge may have died."""
    return arm.since[-2].n if len(arm.since) > 1 else arm.sums.n


def _uncovered(guardrails: Sequence[Guardrail], figures: Figures) -> Iterator[str]:
    every = figures.strata.get(CALLS, ())
    for guardrail in guardrails:
        scores = figures.strata.get(guardrail.metric, ())
        if not guardrail.metric.startswith(QUALITY) or len(scores) != len(every):
            continue
        found = coverage(scores, every)
        if found is not None and found.is_off:
            yield (
                f"{percent(found.treatment)} of the new version's calls have a score for "
                f"{called(guardrail)}, but {percent(found.control)} of production's: the missing "
                "ones may be the bad ones. Look at the judge's failures."
            )
