"""Read judges, thresholds and budget as a suite or a project may keep them, and compare them."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.domain.bars import (
    BARS,
    BUDGET_BARS,
    PROJECT_BARS,
    THRESHOLD_BARS,
    BarError,
    loosened,
)
from evaluation.offline.effective import MARGIN, Effective, UsedJudge
from evaluation.offline.models import JudgeVersion
from registry.domain.content import ContentError
from registry.projects.models import Project

JUDGES = 10
LEAST_MARGIN, MOST_MARGIN = 0.005, 0.5
THRESHOLD_NAMES = tuple(bar.name for bar in THRESHOLD_BARS)
BUDGET_NAMES = tuple(bar.name for bar in BUDGET_BARS)
PROJECT_BUDGET_NAMES = tuple(bar.name for bar in PROJECT_BARS)


def clean_bars(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the values of `given`, each within its limits.

    Raises ContentError naming the bar, for one that is unknown here or out of bounds.
    """
    kept = {}
    for name, value in given.items():
        if name not in names:
            raise ContentError(name[:60], f"There is no value {name[:60]!r} to set here.")
        try:
            kept[name] = BARS[name].checked(value)
        except BarError as error:
            raise ContentError(name, str(error)) from None
    return kept


def clean_judges(project: Project, listed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return judges of `project` as they are kept: {version, gating, margin, min_mean}.

    Raises ContentError (judges), or `judge.7` for the judge version with that id.
    """
    if len(listed) > JUDGES:
        raise ContentError("judges", f"{len(listed)} judges; use at most {JUDGES}.")
    ids: list[int] = [entry.get("version", 0) for entry in listed]
    rows = JudgeVersion.objects.filter(judge__project=project, pk__in=ids)
    found = {row.pk: row for row in rows.select_related("judge")}
    if missing := [pk for pk in ids if pk not in found]:
        raise ContentError("judges", f"This project has no judge version {missing[0]}.")
    if len({found[pk].judge_id for pk in ids}) < len(ids):
        raise ContentError("judges", "A judge is named twice. Choose one version of it.")
    return [_clean_judge(found[entry["version"]], entry) for entry in listed]


def _clean_judge(version: JudgeVersion, entry: Mapping[str, Any]) -> dict[str, Any]:
    field = f"judge.{version.pk}"
    margin, least = entry.get("margin", MARGIN), entry.get("min_mean")
    if not _within(margin, LEAST_MARGIN, MOST_MARGIN):
        raise ContentError(
            field, f"{version.judge} may get worse by {LEAST_MARGIN:g} to {MOST_MARGIN:g}."
        )
    lowest = 0.2 if version.scale == JudgeVersion.Scale.FIFTHS else 0.0
    if least is not None and not _within(least, lowest, 1.0):
        raise ContentError(field, f"The least mean of {version.judge} is from {lowest:g} to 1.")
    return {
        "version": version.pk,
        "gating": bool(entry.get("gating", True)),
        "margin": round(float(margin), 6),
        "min_mean": None if least is None else round(float(least), 6),
    }


def _within(value: Any, least: float, most: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and least <= value <= most


def judge_words(judge: UsedJudge) -> str:
    """Return how a judge is used: “faithfulness v2 gates: at most 0.03 worse, at least 0.75”."""
    if not judge.gating:
        return f"{judge.version} is only shown"
    least = "" if judge.min_mean is None else f", mean at least {judge.min_mean:g}"
    return f"{judge.version} gates: at most {judge.margin:g} worse{least}"


def facts_of(holds: Effective) -> dict[str, str]:
    """Return what holds as the audit trail keeps it: each value in words, and from where."""
    judges = "; ".join(judge_words(judge) for judge in holds.judges) or "none"
    facts = {
        "connection": f"{holds.connection or 'none'} ({holds.sources['connection']})",
        "judges": f"{judges} ({holds.sources['judges']})",
    }
    for values in (holds.thresholds, holds.budget):
        for name, value in values.items():
            if name in BARS:
                facts[name] = f"{BARS[name].words(value)} ({holds.sources[name]})"
    return facts


def what_loosened(before: Effective, after: Effective) -> list[str]:
    """Return a sentence for each way in which `after` lets more through than `before`."""
    return [
        *(_looser_judge(judge, after) for judge in before.judges if _looser_judge(judge, after)),
        *loosened(before.thresholds, after.thresholds),
    ]


def _looser_judge(old: UsedJudge, after: Effective) -> str:
    """Say what a judge no longer asks for, or ""."""
    judge = old.version.judge
    new = next((j for j in after.judges if j.version.judge_id == judge.pk), None)
    if new is None:
        return f"{judge} no longer looks at the answers."
    if not old.gating:
        return ""
    if not new.gating:
        return f"{judge} no longer blocks; it is only shown."
    if new.margin > old.margin:
        return f"{judge} may get worse by {new.margin:g} (it was: {old.margin:g})."
    if old.min_mean is not None and (new.min_mean is None or new.min_mean < old.min_mean):
        least = "no least mean" if new.min_mean is None else f"a least mean of {new.min_mean:g}"
        return f"{judge} has {least} (it was: {old.min_mean:g})."
    return ""
