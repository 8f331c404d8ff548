"""What stands beside a verdict on report and review: attempts, the bar's changes, the judges."""

from dataclasses import dataclass

from evaluation.offline.models import Run
from evaluation.offline.report.judges import UsedStanding, standings
from evaluation.offline.report.yardstick import Since, since_production
from registry.prompts.models import Version


@dataclass(frozen=True)
class Bar:
    """By what a run judges, and how often it was tried. `attempts` are told of from two on."""

    run: Run
    since: Since | None
    attempts: tuple[Run, ...]
    standings: tuple[UsedStanding, ...]

    @property
    def doubtful(self) -> list[UsedStanding]:
        """The judges that are weak, or that nobody has measured."""
        return [used for used in self.standings if used.standing.flag]

    @property
    def moved(self) -> int:
        """How many things differ from what production's own verdict rests on."""
        return len(self.since.differences) if self.since else 0


def bar_of(run: Run) -> Bar:
    """Return what `run` is judged by."""
    return Bar(run, since_production(run), tuple(_attempts(run)), tuple(standings(run)))


def bar_of_version(version: Version) -> Bar | None:
    """Return what the last run of `version` is judged by; None when it was never run."""
    runs = Run.objects.filter(version=version).select_related(
        "prompt__project", "version", "baseline", "snapshot__dataset", "policy"
    )
    run = runs.order_by("-attempt").first()
    return bar_of(run) if run else None


def _attempts(run: Run) -> list[Run]:
    if run.version_id is None:
        return []
    rows = Run.objects.filter(version=run.version_id).order_by("attempt")
    found = list(rows.only("attempt", "state", "reasons", "created_at", "simulated"))
    return found if len(found) > 1 else []
