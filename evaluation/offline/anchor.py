"""The anchor: the best earlier version of production's MAJOR line, scored on the same cases.

Versions that are each as good as the one before may still go down step by step. So the
candidate is also held to the best of them, by scores that an earlier run stored: no new calls.
"""

from collections.abc import Sequence

from evaluation.domain.gate import CaseOutcome
from evaluation.offline.models import CaseResult, Run
from evaluation.offline.outcomes import outcomes_in
from registry.prompts.models import Version
from registry.release.models import LabelEvent

LOOKED_AT = 50  # runs


def anchor_of(like: Run) -> Run | None:
    """Return the run that scored the anchor for the unsaved run `like`; None: there is none."""
    gating = {judge["digest"]: judge["name"] for judge in like.judges if judge["gating"]}
    if like.baseline is None or like.thresholds.get("anchor_margin") is None or not gating:
        return None
    runs = Run.objects.filter(
        version__in=_served(like.baseline),
        snapshot=like.snapshot,
        simulated=like.simulated,
        smoke=False,
        state__in=Run.CONCLUDED,
    )
    best: tuple[float, Run] | None = None
    for run in runs[:LOOKED_AT]:
        value = _mean(run, gating)
        if value is not None and (best is None or value > best[0]):
            best = value, run
    return best[1] if best else None


def anchor_outcomes(run: Run) -> Sequence[CaseOutcome] | None:
    """Return what the anchor of `run` gave on each case, or None without one."""
    if run.anchor_run is None:
        return None
    return outcomes_in(run.anchor_run, CaseResult.Arm.CANDIDATE.value)


def _served(baseline: Version) -> list[int]:
    """Return the versions of production's MAJOR line that have served everybody."""
    events = LabelEvent.objects.filter(prompt=baseline.prompt_id, name="production")
    line = events.filter(version_after__major=baseline.major)
    return list(line.order_by().values_list("version_after_id", flat=True).distinct())


def _mean(run: Run, gating: dict[str, str]) -> float | None:
    """Return the mean of what the same judges gave it; None when one of them did not score."""
    had = {judge["digest"]: judge["name"] for judge in run.judges}
    if not gating.keys() <= had.keys():
        return None
    means = [(run.metrics.get(had[digest]) or {}).get("mean") for digest in gating]
    known = [mean for mean in means if mean is not None]
    return sum(known) / len(known) if len(known) == len(means) else None
