"""Answers of production's version in an earlier run, taken over instead of asked for again.

Only where they are what would be asked for now: the same text, cases, checks, connection,
judges and repeats, not old, and enough cases that the luck of the earlier draw counts for
little. Whether the provider still answers with the same model shows with each answer of the
candidate: beside another model's, the baseline is asked again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q

from evaluation.offline.models import Case, CaseResult, Judgement, Run
from evaluation.offline.requests import model_of
from evaluation.providers.connections import Connection
from registry.audit.clock import database_now
from registry.domain.content import Content
from registry.prompts.models import Version

LEAST_CASES = 100
OLDEST = timedelta(days=14)
LOOKED_AT = 20  # runs
Arm = CaseResult.Arm


@dataclass(frozen=True)
class Copy:
    """An answer to take over for `case`: the id of its row."""

    case: Case
    source: int


@dataclass(frozen=True)
class Taken:
    """An unsaved row of an answer taken over, with its scores."""

    result: CaseResult
    judgements: tuple[Judgement, ...]

    @property
    def given(self) -> dict[int, None]:
        """The judge versions that need not be asked about it."""
        return dict.fromkeys(row.judge_id for row in self.judgements)


class Earlier:
    """The answers that a run takes over from its `baseline_run`, for some of its cases."""

    def __init__(self, run: Run, cases: Sequence[Case]) -> None:
        source = run.baseline_run
        if source is None or run.baseline is None:
            raise ValueError("This run takes nothing over.")
        rows = source.results.filter(
            arm=arm_in(source, run.baseline), case__in=cases, error="", taken_over=False
        )
        self._run = run
        self._rows = {
            (case, repeat): (pk, model)
            for pk, case, repeat, model in rows.values_list("pk", "case_id", "repeat", "model")
        }

    def beside(self, candidate: CaseResult) -> Copy | None:
        """Return what to take over beside an answer of the candidate; None: ask again."""
        pk, model = self._rows.get((candidate.case_id, candidate.repeat), (0, ""))
        same_model = candidate.error or candidate.model == model
        return Copy(candidate.case, pk) if pk and same_model else None

    def take(self, copies: Iterable[Copy]) -> list[Taken]:
        """Return unsaved rows for `copies`, in their order."""
        cases = {copy.source: copy.case for copy in copies}
        rows = CaseResult.objects.in_bulk(list(cases))
        scores: dict[int, list[Judgement]] = {}
        for score in Judgement.objects.filter(result__in=rows, replay=None, score__isnull=False):
            scores.setdefault(score.result_id, []).append(score)
        used = {judge["version"] for judge in self._run.judges}
        taken = []
        for pk, case in cases.items():
            given = [score for score in scores.get(pk, ()) if score.judge_id in used]
            row = copied(rows[pk], self._run, arm=Arm.BASELINE.value, taken_over=True)
            row.case = case
            taken.append(Taken(row, tuple(about(row, score) for score in given)))
        return taken


def copied(row: CaseResult, run: Run, **changes: Any) -> CaseResult:
    """Make an unsaved row of `run` out of one of an earlier run."""
    row.pk, row.run = None, run
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def about(row: CaseResult, score: Judgement) -> Judgement:
    """Make an unsaved judgement of `row`'s run out of an earlier one about the same answer."""
    score.pk, score.run, score.result = None, row.run, row
    score._state.adding = True
    return score


def arm_in(run: Run, version: Version) -> str:
    """Return which arm of `run` is `version`'s text."""
    ours = run.version is not None and run.version.digest == version.digest
    return (Arm.CANDIDATE if ours else Arm.BASELINE).value


def reusable(like: Run, candidate: Content, connection: Connection) -> Run | None:
    """Return the newest run whose answers of the baseline may stand in the unsaved run `like`."""
    baseline, snapshot = like.baseline, like.snapshot
    if baseline is None or like.smoke or snapshot.case_count < LEAST_CASES:
        return None
    if not like.thresholds.get("reuse_baseline", True):
        return None
    if model_of(candidate.config, connection) != model_of(baseline.config, connection):
        return None  # then no answer of the candidate shows which model answers the baseline now
    of_text = Q(version__digest=baseline.digest) | Q(
        baseline__digest=baseline.digest, baseline_run=None
    )
    runs = Run.objects.filter(
        of_text,
        prompt=like.prompt,
        snapshot=snapshot,
        connection=like.connection,
        simulated=like.simulated,
        repeats=like.repeats,
        smoke=False,
        state__in=Run.CONCLUDED,
        created_at__gte=database_now() - OLDEST,
    )
    if like.version:
        # A candidate may have the baseline asked afresh as often as it likes. What decides a
        # version is not chosen among such draws.
        runs = runs.filter(candidate=None)
    used = {judge["digest"] for judge in like.judges}
    for run in runs.select_related("version", "baseline")[:LOOKED_AT]:
        had = {judge["digest"] for judge in run.judges}
        if run.checks == like.checks and used <= had:
            return run
    return None
