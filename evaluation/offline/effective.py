"""What holds for a prompt's evaluation: its suite's word, else the project's, else ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluation.offline.models import JudgeVersion, Suite, SuiteDefaults
from registry.projects.models import Project

THRESHOLDS: Mapping[str, Any] = {
    "max_latency_ratio": 1.2,  # geometric mean of the paired ratios
    "max_p95_ratio": 1.2,  # looked at from 200 cases
    "max_p95_ms": None,
    "max_cost_ratio": 1.1,
    "max_mean_cost": None,  # US dollars an answer
    "anchor_margin": 0.05,  # against the best earlier version of the line; null: not looked at
    "reuse_baseline": True,
}
BUDGET: Mapping[str, Any] = {
    "max_calls": 60_000,
    "max_cost": 20.0,  # US dollars a run
    "max_seconds": 7200,
    # Only a project says these; they hold for all its prompts together.
    "max_cost_month": None,  # US dollars
    "live_samples_day": 200,  # answers of live traffic that are judged
    "live_cost_day": 1.0,  # US dollars for them
}
MARGIN = 0.03
SUITE, PROJECT, BUILT_IN = "prompt", "project", "built in"


@dataclass(frozen=True)
class UsedJudge:
    """A judge version as a suite uses it. `min_mean` is the candidate's least mean, or None."""

    version: JudgeVersion
    gating: bool = True
    margin: float = MARGIN
    min_mean: float | None = None

    def document(self) -> dict[str, Any]:
        """Return what a run keeps of it."""
        return {
            "version": self.version.pk,
            "digest": self.version.digest,
            "name": self.version.judge.name,
            "number": self.version.number,
            "kind": self.version.judge.kind,
            "needs": self.version.needs,
            "scale": self.version.scale,
            "gating": self.gating,
            "margin": self.margin,
            "min_mean": self.min_mean,
        }


@dataclass(frozen=True)
class Effective:
    """What holds, and where each value comes from: prompt, project or built in.

    `sources` has a key for connection and judges, and for each threshold and budget.
    """

    connection: str
    judges: tuple[UsedJudge, ...]
    thresholds: Mapping[str, Any]
    budget: Mapping[str, Any]
    sources: Mapping[str, str] = field(default_factory=dict)

    def judge_documents(self) -> list[dict[str, Any]]:
        """Return the judges as a run keeps them."""
        return [judge.document() for judge in self.judges]


def effective(suite: Suite | None, project: Project) -> Effective:
    """Return what holds for a prompt with `suite` in `project`; None: what a new suite gets."""
    defaults = SuiteDefaults.objects.filter(project=project).first()
    sources: dict[str, str] = {}
    own = suite.connection if suite else ""
    theirs = defaults.connection if defaults else ""
    sources["connection"] = SUITE if own else PROJECT if theirs else BUILT_IN
    listed = suite.judges if suite and suite.judges is not None else None
    sources["judges"] = SUITE if listed is not None else PROJECT if defaults else BUILT_IN
    if listed is None:
        listed = defaults.judges if defaults else []
    return Effective(
        connection=own or theirs,
        judges=used_judges(listed),
        thresholds=_laid(
            THRESHOLDS, defaults.thresholds if defaults else {}, _of(suite, "thresholds"), sources
        ),
        budget=_laid(BUDGET, defaults.budget if defaults else {}, _of(suite, "budget"), sources),
        sources=sources,
    )


def used_judges(listed: list[dict[str, Any]]) -> tuple[UsedJudge, ...]:
    """Return the judges that a suite's or a project's list names, in its order."""
    ids = [entry["version"] for entry in listed]
    found = JudgeVersion.objects.select_related("judge").in_bulk(ids)
    return tuple(
        UsedJudge(
            found[entry["version"]],
            gating=entry.get("gating", True),
            margin=entry.get("margin", MARGIN),
            min_mean=entry.get("min_mean"),
        )
        for entry in listed
        if entry["version"] in found
    )


def _of(suite: Suite | None, name: str) -> Mapping[str, Any]:
    return getattr(suite, name) if suite else {}


def _laid(
    built_in: Mapping[str, Any],
    project: Mapping[str, Any],
    own: Mapping[str, Any],
    sources: dict[str, str],
) -> dict[str, Any]:
    """Lay one over the other, and note for each key where its value comes from."""
    layers = ((BUILT_IN, built_in), (PROJECT, project), (SUITE, own))
    values: dict[str, Any] = {}
    for source, layer in layers:
        for key in layer:
            values[key], sources[key] = layer[key], source
    return values
