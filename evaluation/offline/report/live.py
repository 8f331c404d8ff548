"""How far a run is, by a few aggregates: cheap enough to be asked every two seconds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet
from django.utils.text import Truncator

from evaluation.domain.checks import Outcome, Result
from evaluation.offline.models import CaseResult, Judgement, Run

FAILING_SHOWN = 20
LEAST_SECONDS = 4  # before that nobody can say how long it will take
Arm = CaseResult.Arm


@dataclass(frozen=True)
class Mean:
    """The mean so far, of the candidate and of production's version; None without a score."""

    name: str
    n: int
    candidate: float | None
    baseline: float | None


@dataclass(frozen=True)
class Failing:
    """A case that production's version gets right and the candidate gets wrong."""

    case_id: str
    query: str
    why: str


@dataclass(frozen=True)
class Live:
    """What is in so far. `done` counts answers of both versions, `seconds_left` is a guess."""

    run: Run
    done: int
    cases: int
    passed: int
    baseline_passed: int | None
    without_answer: int
    judged: int
    means: tuple[Mean, ...] = ()
    failing: int = 0
    newly_failing: tuple[Failing, ...] = field(default=())
    seconds_left: int | None = None

    @property
    def total_cases(self) -> int:
        """How many cases the run takes."""
        if not self.run.smoke:
            return int(self.run.snapshot.case_count)
        return self.run.total // ((2 if self.run.baseline_id else 1) * self.run.repeats)

    @property
    def percent(self) -> int:
        """How much of the work is done, answers and scores together."""
        made, work = self.done + self.judged, work_of(self.run)
        return min(100, int(made * 100 / work)) if work else 0

    @property
    def cost_words(self) -> str:
        """What was spent, and how many calls have no known price."""
        return cost_words(self.run)

    @property
    def left_words(self) -> str:
        """About how long it will still take, "" while that cannot be said."""
        return "" if self.seconds_left is None else _about(self.seconds_left)


def live_of(run: Run, now: datetime) -> Live:
    """Return how far `run` is at `now`; five queries at most, however many cases there are."""
    arms = {row["arm"]: row for row in _arms(run)}
    ours, theirs = arms.get(Arm.CANDIDATE, {}), arms.get(Arm.BASELINE, {})
    done = sum(row["n"] for row in arms.values())
    scored = list(_scored(run)) if run.judges else []
    judged = sum(row["n"] for row in scored)
    flipped = _flipped(run)
    first = list(_failing(flipped)) if ours.get("n", 0) > ours.get("passed", 0) else []
    started = sum(row["fresh"] for row in arms.values()) + judged
    return Live(
        run=run,
        done=done,
        cases=min(row.get("first", 0) for row in ((ours, theirs) if run.baseline_id else (ours,))),
        passed=ours.get("passed", 0),
        baseline_passed=theirs.get("passed", 0) if run.baseline_id else None,
        without_answer=sum(row["broken"] for row in arms.values()),
        judged=judged,
        means=tuple(_means(run, scored)),
        failing=flipped.count() if len(first) == FAILING_SHOWN else len(first),
        newly_failing=tuple(first),
        seconds_left=_seconds_left(run, done + judged, started, now),
    )


def work_of(run: Run) -> float:
    """Return how many answers and scores the run is to make, as far as one can know."""
    answers, scores = run.estimate.get("answers"), run.estimate.get("judgements")
    if not answers or scores is None:
        return float(run.total * (1 + len(run.judges)))
    return float(run.total * (1 + scores / answers))


def cost_words(run: Run) -> str:
    """Return what a run cost so far in words; an unknown price is never taken for nothing."""
    if run.simulated:
        return "nothing: simulated"
    unknown = run.unpriced_calls
    if not unknown:
        return _dollars(run.cost)
    calls = f"{unknown:,} call{'' if unknown == 1 else 's'}"
    return f"{_dollars(run.cost)} and {calls} of unknown price" if run.cost else "not known"


def _dollars(cost: Decimal) -> str:
    return f"${cost:,.2f}" if cost >= 1 or not cost else f"${cost:.4f}"


def _arms(run: Run) -> QuerySet[Any, Any]:
    return (
        CaseResult.objects.filter(run=run)
        .values("arm")
        .annotate(
            n=Count("pk"),
            first=Count("pk", filter=Q(repeat=1)),
            passed=Count("pk", filter=Q(passed=True)),
            broken=Count("pk", filter=~Q(error="")),
            fresh=Count("pk", filter=Q(taken_over=False)),
        )
        .order_by("arm")
    )


def _scored(run: Run) -> QuerySet[Any, Any]:
    return (
        Judgement.objects.filter(run=run, last=True)
        .values("judge", "result__arm")
        .annotate(n=Count("pk"), scores=Count("value"), mean=Avg("value"))
        .order_by("judge", "result__arm")
    )


def _means(run: Run, scored: list[dict[str, Any]]) -> Iterator[Mean]:
    found = {(row["judge"], row["result__arm"]): row for row in scored}
    nothing: Mapping[str, Any] = {}
    for judge in run.judges:
        ours = found.get((judge["version"], Arm.CANDIDATE.value), nothing)
        theirs = found.get((judge["version"], Arm.BASELINE.value), nothing)
        yield Mean(judge["name"], ours.get("scores", 0), ours.get("mean"), theirs.get("mean"))


def _flipped(run: Run) -> QuerySet[CaseResult]:
    """Return the candidate's first answers that break a rule where production's keeps them all.

    Without a production: every answer that breaks one. The verdict looks rule by rule.
    """
    rows = CaseResult.objects.filter(
        run=run, arm=Arm.CANDIDATE, repeat=1, passed=False, error=""
    ).order_by("-id")
    if run.baseline_id is None:
        return rows
    kept = CaseResult.objects.filter(
        run=run, case=OuterRef("case"), arm=Arm.BASELINE, repeat=1, passed=True
    )
    return rows.filter(Exists(kept))


def _failing(flipped: QuerySet[CaseResult]) -> Iterator[Failing]:
    """Yield the newest cases that fail, each with the reason of its first broken rule."""
    rows = flipped.values_list("case__case_id", "case__query", "checks")[:FAILING_SHOWN]
    for case_id, query, checks in rows:
        broken = (r for r in map(Result.from_dict, checks) if r.outcome is not Outcome.PASS)
        words = Truncator(query).chars(120)
        yield Failing(case_id, words, next((r.reason for r in broken if r.reason), ""))


def _seconds_left(run: Run, done: int, fresh: int, now: datetime) -> int | None:
    """Return how long the rest takes at the pace so far; answers taken over show no pace."""
    if run.state not in Run.OPEN or run.started_at is None or fresh < 1:
        return None
    gone = (now - run.started_at).total_seconds()
    if gone < LEAST_SECONDS:
        return None
    return max(0, round((work_of(run) - done) * gone / fresh))


def _about(seconds: int) -> str:
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s left"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"
