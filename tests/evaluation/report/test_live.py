"""How far a run is: what the page asks every two seconds, and what that costs the database."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.domain.checks import Output, run_checks
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import Case, CaseResult, Dataset, Judgement, Run
from evaluation.offline.report import report
from evaluation.offline.report.live import cost_words, live_of, work_of
from registry.audit.clock import database_now
from registry.prompts.models import Prompt
from tests.evaluation.report.conftest import MENTIONS_ORDER, browser, golden, judge, queued
from tests.stages import World

Arm = CaseResult.Arm


def answers(run: Run, arm: Arm, *texts: str, first: int = 0, **fields: object) -> list[CaseResult]:
    """Write what one arm said to the first cases, checked as a run does."""
    cases = list(run.snapshot.cases.order_by("position")[first : first + len(texts)])
    rows = []
    for case, text in zip(cases, texts, strict=True):
        results = run_checks([MENTIONS_ORDER], Output(text), [])
        passed = all(result.outcome == "pass" for result in results)
        checks = [result.as_dict() for result in results]
        rows.append(
            CaseResult(
                run=run, case=case, arm=arm, output=text, checks=checks, passed=passed, **fields
            )
        )
    return CaseResult.objects.bulk_create(rows)


def begun(run: Run, seconds: int) -> Run:
    """Let the run have started so many seconds ago."""
    Run.objects.filter(pk=run.pk).update(
        state=Run.State.RUNNING, started_at=database_now() - timedelta(seconds=seconds)
    )
    return Run.objects.select_related("prompt__project", "snapshot").get(pk=run.pk)


def test_cases_count_once_both_versions_answered_and_newly_failing_ones_are_named(
    shop: World, prompt: Prompt
) -> None:
    run = begun(queued(shop, prompt), 10)
    answers(run, Arm.CANDIDATE, "your order", "no idea", "nothing", "order")
    answers(run, Arm.BASELINE, "your order", "an order", "nothing")
    live = live_of(run, database_now())
    assert (live.done, live.cases, live.total_cases) == (7, 3, 24)
    assert (live.passed, live.baseline_passed) == (2, 2)
    # q03 fails with both versions: not newly.
    assert [(case.case_id, case.why) for case in live.newly_failing] == [
        ("q02", "The answer does not contain “order”.")
    ]
    assert live.failing == 1


def test_the_means_of_both_versions_run_along(shop: World, prompt: Prompt) -> None:
    run = begun(queued(shop, prompt), 10)
    ours = answers(run, Arm.CANDIDATE, "order", "order")
    theirs = answers(run, Arm.BASELINE, "order", "order")
    faithful = judge(shop, "faithfulness")
    for row, score in zip([*ours, *theirs], (2, 4, 5, 5), strict=True):
        Judgement.objects.create(
            run=run, result=row, judge=faithful, score=score, value=score / 5, reasoning="So."
        )
    live = live_of(run, database_now())
    first, second = live.means
    assert (first.name, first.n, first.baseline) == ("faithfulness", 2, 1.0)
    assert first.candidate == pytest.approx(0.6)
    assert (second.name, second.n, second.candidate) == ("relevance", 0, None)


def test_the_time_left_follows_the_pace_and_answers_taken_over_show_none(
    shop: World, prompt: Prompt
) -> None:
    run = begun(queued(shop, prompt), 20)
    assert live_of(run, database_now()).seconds_left is None  # nothing is in yet
    answers(run, Arm.BASELINE, *["order"] * 24, taken_over=True)
    assert live_of(run, database_now()).seconds_left is None
    answers(run, Arm.CANDIDATE, *["order"] * 4)
    # 4 asked for in 20 seconds: 5 seconds each for the rest of the work.
    rest = work_of(run) - 28
    live = live_of(run, run.started_at + timedelta(seconds=20))  # type: ignore[operator]
    assert live.seconds_left == round(rest * 5)
    assert live.left_words == f"about {round(rest * 5 / 60)} min left"


def test_an_unknown_price_is_never_taken_for_nothing(shop: World, prompt: Prompt) -> None:
    run = queued(shop, prompt)
    assert cost_words(run) == "$0.00"
    run.unpriced_calls = 3
    assert cost_words(run) == "not known"
    run.cost = Decimal("0.0123")
    assert cost_words(run) == "$0.0123 and 3 calls of unknown price"
    run.simulated = True
    assert cost_words(run) == "nothing: simulated"


def test_the_question_costs_the_same_few_queries_with_ten_thousand_cases(
    shop: World, prompt: Prompt, dataset: Dataset
) -> None:
    vic = browser(shop, "vic")
    small = begun(queued(shop, prompt), 10)
    answers(small, Arm.CANDIDATE, "no")
    answers(small, Arm.BASELINE, "order")
    counts = {"small": asked(vic, small)}
    large = begun(with_ten_thousand(shop, prompt, dataset), 10)
    counts["large"] = asked(vic, large)
    # Session, person, project, roles, run, clock; arms, scores, those that fail. Of more than
    # twenty that fail also how many.
    assert counts == {"small": 10, "large": 11}


def asked(client: Client, run: Run) -> int:
    """Ask how far the run is; return how many queries that took."""
    address = reverse("run_progress", args=["shop", run.pk])
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address).json()
    assert answer["failing"] >= 1
    assert len(answer["newly_failing"]) <= 20
    return len(seen)


def with_ten_thousand(shop: World, prompt: Prompt, dataset: Dataset) -> Run:
    """A run on ten thousand cases with every answer in, 50 of them newly failing."""
    add_snapshot(dataset, cases=golden(10_000), actor=shop.actor("ana"), reason="Many.")
    run = queued(shop, prompt, "You are an agent of {{company}} who is always kind.")
    cases = Case.objects.filter(snapshot=run.snapshot).values_list("pk", "position")
    assert len(cases) == 10_000
    CaseResult.objects.bulk_create(
        [
            CaseResult(
                run=run, case_id=pk, arm=arm, output="x" * 500, passed=arm == "baseline" or at > 50
            )
            for pk, at in cases
            for arm in (Arm.CANDIDATE, Arm.BASELINE)
        ],
        batch_size=2000,
    )
    return run


def test_the_headline_says_what_an_open_run_is_at(shop: World, prompt: Prompt) -> None:
    run = queued(shop, prompt)
    assert report(run).headline == "Waiting for a worker."
    run = begun(run, 5)
    assert report(run).headline == "0 of 48 answers are in."
    run.look, run.again = 2, ["q01", "q02"]
    assert report(run).headline == "Second look at 2 cases: 0 of 48 answers are in."
    run.ending, run.reasons = "cancelled", ["Cancelled by ana."]
    assert report(run).headline.endswith("since they are paid for. Cancelled by ana.")
