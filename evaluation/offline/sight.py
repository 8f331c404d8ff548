"""What the gate of a prompt can see: the smallest drop it tells from none, and how to see more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.domain.power import LEAST_CASES, cases_needed, detectable_drop, prior_sd
from evaluation.offline.effective import UsedJudge
from evaluation.offline.models import JudgeVersion, Run
from evaluation.offline.scorable import Scorable
from registry.prompts.models import Prompt


@dataclass(frozen=True)
class Sight:
    """What one judge's part of a gate can see. Scores and margins on the judge's scale.

    `cases` are those it can score, `drop` the smallest that they tell from none (None: too few
    to decide at all), `needed` the cases for the margin. `measured`: the noise is the last
    run's, not an assumed one.
    """

    judge: str
    cases: int
    drop: float | None
    margin: float
    needed: int
    measured: bool

    @property
    def enough(self) -> bool:
        """Are there cases enough for the margin?"""
        return self.drop is not None and self.cases >= self.needed

    def words(self) -> str:
        """Return it in sentences that end with what to do."""
        if self.drop is None:
            return (
                f"{self.judge} can score {self.cases:,} case{'s' * (self.cases != 1)}, too few to "
                f"decide anything: it takes {LEAST_CASES}, and better 100 to 200."
            )
        noise = "with the noise of the last run" if self.measured else "with an assumed noise"
        seen = (
            f"{self.judge}: with {self.cases:,} cases this gate can detect a drop of "
            f"{self.drop:.3f} or more ({noise})."
        )
        if self.enough:
            return f"{seen} That is enough for its margin of {self.margin:g}."
        return (
            f"{seen} For its margin of {self.margin:g} take about {self.needed:,} cases: with "
            "fewer, a version that is as good often stays undecided."
        )


def sights_of(prompt: Prompt, judges: Sequence[UsedJudge], cases: Scorable) -> list[Sight]:
    """Return what the gate can see by each judge that blocks."""
    gating = [judge for judge in judges if judge.gating]
    noise = _noise(prompt) if gating else {}
    return [_sight(judge, cases, noise.get(judge.version.digest)) for judge in gating]


def _sight(judge: UsedJudge, cases: Scorable, sd: float | None) -> Sight:
    count = cases.independent(judge.version.needs)
    unit = judge.version.scale == JudgeVersion.Scale.UNIT
    noise = sd or prior_sd(0.0 if unit else 0.2)
    return Sight(
        judge=judge.version.judge.name,
        cases=count,
        drop=detectable_drop(count, noise),
        margin=judge.margin,
        needed=cases_needed(judge.margin, noise),
        measured=bool(sd),
    )


def _noise(prompt: Prompt) -> dict[str, float]:
    """Return the standard deviation of the differences in the last run, by judge's digest.

    None of a simulated run: what always answers the same has no noise.
    """
    runs = Run.objects.filter(prompt=prompt, state__in=Run.CONCLUDED, smoke=False, simulated=False)
    last = runs.only("judges", "metrics").first()
    metrics: Mapping[str, Any] = last.metrics if last else {}
    judges = last.judges if last else []
    found = {judge["digest"]: (metrics.get(judge["name"]) or {}).get("sd") for judge in judges}
    return {digest: sd for digest, sd in found.items() if sd}
