"""What a run survives: no paid call is lost, nothing is asked twice, nothing passes by accident."""

from collections import Counter
from decimal import Decimal
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from evaluation.offline import leases, queue
from evaluation.offline.conclude import cancel
from evaluation.offline.models import Run, SuiteDefaults
from evaluation.offline.reconcile import reconcile
from evaluation.offline.run import work
from registry.domain.lifecycle import Clearance
from registry.release.models import Release
from tests.evaluation.offline.conftest import MODEL, Bench, finish, scored
from tests.evaluation.offline.model_server import echo
from tests.evaluation.offline.test_run import expire
from tests.evaluation.providers.mock_endpoint import Reply, broken_off, hang, status

CALLS = 96  # 24 cases, two versions, an answer and its score


def release_of(run: Run) -> Release:
    return Release.objects.get(version=run.version)


def nothing_was_asked_twice(bench: Bench) -> bool:
    """Is every question different? Those to the judge differ by their codes, so by answers."""
    return max(Counter(bench.judged).values()) == max(Counter(bench.answered).values()) == 1


def slow(bench: Bench, seconds: float) -> None:
    bench.server.seconds = seconds


def after(bench: Bench, calls: int, reply: Reply) -> None:
    """Let the model give `reply` instead of anything else, from so many calls on."""
    numbers = count()
    bench.says = lambda prompt, query: echo(prompt, query) if next(numbers) < calls else reply
    bench.scores = lambda fenced: scored(4) if next(numbers) < calls else reply


def recovered(bench: Bench) -> None:
    bench.says, bench.scores = echo, lambda fenced: scored(4)


def test_a_key_that_is_refused_in_the_middle_ends_the_run_and_what_was_paid_is_kept(
    bench: Bench,
) -> None:
    after(bench, 40, status(401))
    run = finish(bench.queued())
    assert (run.state, release_of(run).state) == (Run.State.ERRORED, Clearance.EVALUATING)
    assert "refused the key" in run.reasons[0]
    kept = run.results.count() + run.judgements.count()
    assert kept == run.calls == 40  # also those that were open when the first refusal came
    recovered(bench)
    bench.server.asked.clear()
    again = finish(bench.again(run.version))
    assert again.resumes == run
    assert again.state == Run.State.PASSED, again.reasons
    assert len(bench.server.asked) == CALLS - kept
    assert again.calls == CALLS
    assert again.cost == Decimal("0.096")
    assert again.judgements.count() == again.results.count() == 48


def test_a_provider_that_is_down_ends_the_run_without_a_verdict(bench: Bench) -> None:
    run = bench.queued()
    bench.server.answer = lambda prompt, query: status(503)
    run = finish(run)
    assert (run.state, release_of(run).state) == (Run.State.ERRORED, Clearance.EVALUATING)
    assert "2 cases gave no full result" in run.reasons[0]
    assert "status 503" in run.reasons[0]


def test_a_provider_that_nobody_answers_at_ends_the_run_without_a_verdict(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bench.queued()
    nowhere = {"base_url": "http://127.0.0.1:9/v1", "models": ["small"]}
    monkeypatch.setattr(settings, "PROMPTCMS_CONNECTIONS", {MODEL: nowhere})
    run = finish(run)
    assert run.state == Run.State.ERRORED
    assert "nobody answers" in run.reasons[0]


def test_a_storm_of_rate_limits_loses_nothing_and_costs_no_attempt(bench: Bench) -> None:
    asked: Counter[Any] = Counter()

    def busy_twice(key: Any, reply: Reply) -> Reply:
        asked[key] += 1
        return status(429, {}, Retry_After="0") if asked[key] <= 2 else reply

    bench.says = lambda prompt, query: busy_twice((prompt, query), echo(prompt, query))
    bench.scores = lambda fenced: busy_twice(fenced["ANSWER"], scored(4))
    run = finish(bench.queued())
    assert run.state == Run.State.PASSED, run.reasons
    assert (run.results.count(), run.judgements.count()) == (48, 48)
    assert set(run.results.values_list("calls", flat=True)) == {3}
    assert run.calls == CALLS  # what was only put off uses up no budget
    assert run.metrics.get("latency_ratio") is None  # a wait says nothing about the prompt


def test_a_question_that_hangs_is_given_up_and_the_gate_does_not_pass_over_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = bench.server.connection | {"timeout": 0.3}
    monkeypatch.setattr(settings, "PROMPTCMS_CONNECTIONS", {MODEL: spec})
    bench.says = lambda prompt, query: (
        hang(0.6) if query == "Question 3?" and "order number" in prompt else echo(prompt, query)
    )
    run = finish(bench.queued())
    (lost,) = run.results.exclude(error="")
    assert (lost.case.case_id, lost.calls) == ("q03", 6)
    assert run.state == Run.State.INCONCLUSIVE, run.reasons


def test_an_answer_that_breaks_off_is_asked_for_again(bench: Bench) -> None:
    asked: Counter[Any] = Counter()

    def says(prompt: str, query: str) -> Reply:
        asked[prompt, query] += 1
        first = asked[prompt, query] == 1 and query == "Question 5?"
        return broken_off if first else echo(prompt, query)

    bench.says = says
    run = finish(bench.queued())
    assert run.state == Run.State.PASSED, run.reasons
    assert set(run.results.filter(case__case_id="q05").values_list("calls", flat=True)) == {2}


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ({"max_calls": 30}, "its budget of 30 calls is used up"),
        ({"max_cost": 0.05}, "its budget of 0.05 US dollars is used up"),
    ],
    ids=["calls", "dollars"],
)
def test_a_budget_that_is_reached_ends_the_run_and_a_higher_one_goes_on_without_paying_twice(
    bench: Bench, budget: dict[str, float], words: str
) -> None:
    bench.suite(budget=budget)
    run = finish(bench.queued())
    assert (run.state, release_of(run).state) == (Run.State.ERRORED, Clearance.EVALUATING)
    assert words in run.reasons[0]
    assert 0 < run.calls == len(bench.server.asked) <= budget.get("max_calls", CALLS)
    assert run.cost <= Decimal(str(budget.get("max_cost", 100)))
    assert run.calls == run.results.count() + run.judgements.count()
    still = finish(bench.again(run.version))  # the same cap: what was spent counts
    assert (still.state, still.calls) == (Run.State.ERRORED, run.calls)
    bench.suite(budget={"max_calls": 1000, "max_cost": 1000})
    again = finish(bench.again(run.version))
    assert again.state == Run.State.PASSED, again.reasons
    assert again.calls == len(bench.server.asked) == CALLS
    assert nothing_was_asked_twice(bench)


def test_the_budget_of_a_month_holds_over_all_runs_of_the_project(bench: Bench) -> None:
    SuiteDefaults.objects.create(project=bench.shop.project, budget={"max_cost_month": 0.3})
    first = finish(bench.queued())
    assert first.state == Run.State.PASSED, first.reasons
    SuiteDefaults.objects.update(budget={"max_cost_month": 0.15})
    run = finish(bench.queued("You help {{company}}. Answer kindly. Name the order number too."))
    assert run.state == Run.State.ERRORED
    assert "the project's monthly budget of 0.15 US dollars" in run.reasons[0]


def test_a_run_that_takes_too_long_ends_with_what_it_has(bench: Bench) -> None:
    SuiteDefaults.objects.create(project=bench.shop.project, budget={"max_seconds": 1})
    slow(bench, 0.2)
    run = finish(bench.queued())
    assert run.state == Run.State.ERRORED
    assert "longer than" in run.reasons[0]
    assert run.calls == len(bench.server.asked) > 0


def test_a_cancelled_run_keeps_the_answers_that_were_open_and_a_repeat_goes_on(
    bench: Bench,
) -> None:
    slow(bench, 0.05)
    run = bench.queued()

    def cancel_in_the_middle() -> bool:
        if len(bench.server.asked) >= 30 and Run.objects.get(pk=run.pk).ending == "":
            cancel(run, actor=bench.shop.actor("rui"), reason="Wrong cases.")
            assert Run.objects.get(pk=run.pk).state == Run.State.RUNNING  # calls are open
        return False

    assert work(run.shards.get().pk, stop=cancel_in_the_middle) is False
    run.refresh_from_db()
    assert (run.state, run.reasons) == (Run.State.CANCELLED, ["Cancelled by rui: Wrong cases."])
    assert run.calls == len(bench.server.asked) == run.results.count() + run.judgements.count()
    again = finish(bench.again(run.version))
    assert again.state == Run.State.PASSED, again.reasons
    assert len(bench.server.asked) == CALLS
    assert nothing_was_asked_twice(bench)


def test_a_cancelled_run_whose_worker_died_is_ended_by_the_timer(bench: Bench) -> None:
    run = bench.queued()
    shard = run.shards.get()
    assert leases.claim(shard.pk)
    cancel(run, actor=bench.shop.actor("rui"), reason="")
    run.refresh_from_db()
    assert (run.state, run.ending) == (Run.State.QUEUED, Run.State.CANCELLED)
    expire(shard)
    reconcile()
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_shards_of_a_run_while_the_timer_ticks_twice_as_often(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SHARD_CASES", 5)
    slow(bench, 0.02)
    run = bench.queued()
    shards = list(run.shards.values_list("pk", flat=True))
    assert len(shards) == 5
    over = Event()

    def worker(order: list[int]) -> None:
        for shard in order:
            work(shard)
        connection.close()

    def beat() -> None:
        while not over.wait(0.1):
            reconcile()
        connection.close()

    beats = [Thread(target=beat) for _ in range(2)]
    workers = [Thread(target=worker, args=[order]) for order in (shards, shards[::-1])]
    for thread in (*beats, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    over.set()
    for thread in beats:
        thread.join()
    run.refresh_from_db()
    assert run.state == Run.State.PASSED, run.reasons
    assert run.calls == len(bench.server.asked) == CALLS
    assert nothing_was_asked_twice(bench)
    assert run.version.verdicts.filter(kind="gate").count() == 1
