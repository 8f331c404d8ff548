"""How far the judges of a run can be relied on: said on every gate that used them."""

from dataclasses import dataclass

from evaluation.offline.judging.standing import Standing, standings_of
from evaluation.offline.models import JudgeVersion, Run


@dataclass(frozen=True)
class UsedStanding:
    """A judge of the run with its agreement with people."""

    version: JudgeVersion
    gating: bool
    standing: Standing

    @property
    def label(self) -> str:
        """`faithfulness v2`."""
        return str(self.version)


def standings(run: Run) -> list[UsedStanding]:
    """Return each judge that scored `run`, with what is known about it today."""
    ids = [judge["version"] for judge in run.judges]
    if not ids:
        return []
    found = JudgeVersion.objects.select_related("judge").in_bulk(ids)
    known = standings_of(list(found.values()))
    return [
        UsedStanding(found[judge["version"]], judge.get("gating", True), known[judge["version"]])
        for judge in run.judges
        if judge["version"] in found
    ]
