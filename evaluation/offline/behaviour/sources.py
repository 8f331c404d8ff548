"""Where the answers of two versions on the same golden cases are: one run, or two alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from evaluation.offline.models import CaseResult, Run, Suite
from registry.domain.lifecycle import Clearance
from registry.prompts.models import Version

MOST_RUNS = 500  # newest runs looked through
Arm, State = CaseResult.Arm, Run.State


@dataclass(frozen=True)
class Taken:
    """The answers of one version: one arm of a run."""

    run: Run
    arm: str

    @property
    def rows(self) -> Q:
        """What picks its results: the first answer to each case."""
        return Q(run=self.run, arm=self.arm, repeat=1)


@dataclass(frozen=True)
class Source:
    """The answers of both versions."""

    old: Taken
    new: Taken

    @property
    def together(self) -> bool:
        """Were both run side by side, in one run?"""
        return self.old.run.pk == self.new.run.pk

    @property
    def rows(self) -> Q:
        """What picks the results of both."""
        return self.old.rows | self.new.rows

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Runs with a verdict come first, then newer ones."""
        concluded = self.old.run.state in Run.CONCLUDED and self.new.run.state in Run.CONCLUDED
        return concluded, self.new.run.pk, self.old.run.pk


@dataclass(frozen=True)
class Lack:
    """Why there are no answers of both, and what helps.

    `step` is submit (the version `version`), watch (the run `run`), suite (choose golden
    cases), instead (compare with `version`, which was run beside the new one), or "".
    """

    sentence: str
    step: str = ""
    version: Version | None = None
    run: Run | None = None


def answers_of(old: Version, new: Version) -> Source | Lack:
    """Return the best source for both versions' answers, or why there is none.

    A run of the one against the other is best; else two runs on the same snapshot through the
    same connection.
    """
    both = (old.pk, new.pk)
    together = _answered(Q(version__in=both, baseline__in=both))
    found = [s for run in together for s in _sources([run], old, new)]
    if not found:
        runs = list(_answered(Q(version__in=both) | Q(baseline__in=both))[:MOST_RUNS])
        found = list(_sources(runs, old, new))
        if not found:
            return _lack(runs, old, new)
    return max(found, key=lambda source: source.rank)


def _answered(which: Q) -> QuerySet[Run]:
    """Return the runs with at least one answer, the newest first, without their large fields."""
    has_any = Exists(CaseResult.objects.filter(run=OuterRef("pk")))
    runs = Run.objects.filter(which).filter(has_any).select_related("snapshot__dataset", "baseline")
    return runs.defer("checks", "reasons", "metrics", "groups", "baseline__content")


def _sources(runs: Sequence[Run], old: Version, new: Version) -> Iterator[Source]:
    mine = list(_arms(runs, new))
    for theirs in _arms(runs, old):
        for ours in mine:
            same_cases = theirs.run.snapshot_id == ours.run.snapshot_id
            if same_cases and theirs.run.connection == ours.run.connection:
                yield Source(theirs, ours)


def _arms(runs: Iterable[Run], version: Version) -> Iterator[Taken]:
    for run in runs:
        if run.version_id == version.pk:
            yield Taken(run, Arm.CANDIDATE.value)
        elif run.baseline_id == version.pk:
            yield Taken(run, Arm.BASELINE.value)


def _lack(runs: Sequence[Run], old: Version, new: Version) -> Lack:
    """Say why `runs` do not hold comparable answers of both."""
    mine, theirs = next(_arms(runs, new), None), next(_arms(runs, old), None)
    if mine is None:
        return _not_run(new)
    if theirs is None:
        return _instead(mine, f"{old.semver} was never run on golden cases.") or _not_run(old)
    if theirs.run.snapshot_id != mine.run.snapshot_id:
        kept = f"on {theirs.run.snapshot} and {mine.run.snapshot}"
    else:
        kept = f"through the connections {theirs.run.connection} and {mine.run.connection}"
    sentence = (
        f"{old.semver} and {new.semver} were run {kept}, so their answers cannot be put side by "
        "side."
    )
    return _instead(mine, sentence) or Lack(sentence)


def _not_run(version: Version) -> Lack:
    """Say what a version without answers waits for."""
    run = version.runs.filter(state__in=Run.OPEN).first()
    name = version.semver
    if run is not None:
        return Lack(
            f"{name} is being evaluated; its first answers are not in yet.", "watch", run=run
        )
    if not Suite.objects.filter(prompt=version.prompt_id).exists():
        return Lack(
            "Nobody has chosen golden cases for this prompt yet, so no version was run on any.",
            "suite",
        )
    if version.release.state == Clearance.DRAFT:
        return Lack(f"{name} was not evaluated yet: submit it.", "submit", version)
    return Lack(
        f"{name} went on without a run on golden cases, so it has no answers to compare. The next "
        "version that is submitted will have them."
    )


def _instead(mine: Taken, sentence: str) -> Lack | None:
    """Name the version that the new one was run beside, where it was the candidate."""
    beside = mine.run.baseline
    if mine.arm != Arm.CANDIDATE or beside is None:
        return None
    return Lack(sentence, "instead", beside)
