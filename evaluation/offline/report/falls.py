"""The cases whose score fell most: what to read when quality blocks and no rule broke."""

from dataclasses import dataclass

from django.db.models import Avg, F, Q

from evaluation.offline.models import CaseResult, Judgement, Run

MOST = 5
LEAST = 0.1  # half a point on the scale of fifths: less is noise
Arm = CaseResult.Arm


@dataclass(frozen=True)
class Fall:
    """A case that a judge scored lower than the answer of production's version."""

    case_id: str
    judge: str
    candidate: float
    baseline: float

    @property
    def words(self) -> str:
        """`faithfulness 0.40, was 0.80`."""
        return f"{self.judge} {self.candidate:.2f}, was {self.baseline:.2f}"


def most_fallen(run: Run) -> list[Fall]:
    """Return the few cases whose score by a judge that decides fell most, in one query."""
    names = {judge["version"]: judge["name"] for judge in run.judges if judge.get("gating", True)}
    if not names or run.baseline_id is None:
        return []
    rows = (
        Judgement.objects.filter(run=run, last=True, judge__in=names, value__isnull=False)
        .values("result__case__case_id", "judge")
        .annotate(
            ours=Avg("value", filter=Q(result__arm=Arm.CANDIDATE)),
            theirs=Avg("value", filter=Q(result__arm=Arm.BASELINE)),
        )
        .filter(ours__lte=F("theirs") - LEAST)
        .order_by(F("ours") - F("theirs"), "result__case__case_id")[:MOST]
    )
    return [
        Fall(row["result__case__case_id"], names[row["judge"]], row["ours"], row["theirs"])
        for row in rows
    ]
