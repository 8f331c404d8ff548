"""Go on where an attempt without a verdict ended: nothing is paid for or drawn a second time.

Otherwise somebody could cancel a run that goes badly until the answers please.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from evaluation.offline.end import pins_of
from evaluation.offline.models import Candidate, CaseResult, Judgement, Run
from evaluation.offline.pins import Pins
from evaluation.offline.reuse import about, copied
from registry.prompts.models import Version

CHUNK = 500
BROKEN_OFF = (Run.State.ERRORED, Run.State.CANCELLED)
# What a run goes on with; the calls and dollars of the earlier one count in its budget.
CARRIED = ("baseline_run", "anchor_run", "repeats", "look", "again")
OTHER = {"candidate": "baseline", "baseline": "candidate"}  # arms
COUNTED = ("calls", "cost", "unpriced_calls")


def unfinished(like: Run, subject: Version | Candidate) -> Run | None:
    """Return the run that the unsaved run `like` of `subject` goes on with, or None.

    It is the last one of the same text on the same pins, whatever number the text had and
    whatever else it was judged by in between, and it ended without a verdict.
    """
    runs = _runs_of(subject).filter(
        prompt=like.prompt,
        snapshot=like.snapshot,
        policy=like.policy,
        connection=like.connection,
        risk=like.risk,
        smoke=like.smoke,
    )
    runs = runs.select_related("baseline", "snapshot", "policy").order_by("-id")
    pins = _pins(like)
    last = next((run for run in runs.iterator() if pins.hold(pins_of(run))), None)
    return last if last and last.state in BROKEN_OFF else None


def go_on(run: Run, earlier: Run) -> None:
    """Let the unsaved `run` begin where `earlier` ended."""
    run.resumes = earlier
    for name in (*CARRIED, *COUNTED):
        setattr(run, name, getattr(earlier, name))


def take_over(earlier: Run, run: Run) -> None:
    """Copy the answers and scores of `earlier` to `run`, which is saved; errors are left out."""
    finished = CaseResult.objects.filter(run=earlier, error="").order_by("pk")
    answered = set(finished.values_list("case_id", "repeat", "arm"))
    keys = list(finished.values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        rows = list(finished.filter(pk__in=keys[start : start + CHUNK]))
        scores = _scores(row.pk for row in rows)
        news = {}
        for row in rows:
            # Times of the two versions are compared only where one attempt measured both.
            pk, other = row.pk, (row.case_id, row.repeat, OTHER[row.arm])
            alone = run.baseline_id is not None and other not in answered
            news[pk] = copied(row, run, taken_over=row.taken_over or alone)
        CaseResult.objects.bulk_create(news.values())
        Judgement.objects.bulk_create(
            [about(news[pk], score) for pk, found in scores.items() for score in found]
        )


def _scores(results: Iterable[int]) -> dict[int, list[Judgement]]:
    """Return what was said of each result, without the askings that ended in an error."""
    asked: dict[tuple[int, int], list[Judgement]] = {}
    for row in Judgement.objects.filter(result__in=list(results), replay=None):
        asked.setdefault((row.result_id, row.judge_id), []).append(row)
    kept: dict[int, list[Judgement]] = {}
    for (result, _), rows in asked.items():
        if not any(row.last and row.score is None for row in rows):
            kept.setdefault(result, []).extend(rows)
    return kept


def _runs_of(subject: Version | Candidate) -> QuerySet[Run]:
    if isinstance(subject, Version):
        return Run.objects.filter(version__digest=subject.digest)
    return Run.objects.filter(candidate__digest=subject.digest)


def _pins(run: Run) -> Pins:
    stored = pins_of(run)
    return Pins(**{name: stored[name] for name in Pins.__dataclass_fields__})
