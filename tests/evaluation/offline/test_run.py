"""A run: what its answers do to the release, and what it survives."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from evaluation.offline import leases
from evaluation.offline.conclude import cancel
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.models import CaseResult, Dataset, Run, RunShard, Suite
from evaluation.offline.reconcile import reconcile
from evaluation.offline.report import report
from evaluation.offline.run import work
from evaluation.offline.submit import submit
from evaluation.providers import base as provider
from registry.domain.errors import Refused
from registry.domain.lifecycle import Clearance
from registry.prompts.models import Prompt
from registry.release.models import Release
from tests import stages
from tests.evaluation.offline.conftest import Model, echo, evaluated_with, finish, golden
from tests.stages import World

MENTIONS_ORDER = {"type": "contains", "value": "order number"}
SILENT_ON_ORDERS = {**MENTIONS_ORDER, "negate": True}


def queued(shop: World, prompt: Prompt, text: str = stages.MINOR_TEXT) -> Run:
    """Submit a new version over production's; return its run."""
    base = prompt.versions.order_by("revision").first()
    submit(stages.saved(shop, prompt, text, base=base), actor=shop.actor("ana"), reason="Try it.")
    return Run.objects.latest("id")


def release_of(run: Run) -> Release:
    return Release.objects.get(version=run.version)


@pytest.fixture
def suite(shop: World, prompt: Prompt, dataset: Dataset, answers: Model) -> Model:
    """The prompt is evaluated on 24 cases by the model on this machine."""
    evaluated_with(shop, prompt, dataset)
    return answers


def test_a_minor_that_keeps_every_rule_is_cleared_by_its_run(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    run = finish(queued(shop, prompt))
    release = release_of(run)
    assert (run.state, release.state) == (Run.State.PASSED, Clearance.CLEARED)
    assert run.reasons[0] == "All 24 cases that passed in production's version still pass."
    assert release.verdict.pins["run"] == run.pk
    assert release.verdict.metrics["pass_rate"]["n"] == 24
    assert len(suite.asked) == run.results.count() == 48


def test_a_major_that_passes_waits_for_a_reviewer(
    shop: World, prompt: Prompt, dataset: Dataset, suite: Model
) -> None:
    planned = [replace(c, inputs={**c.inputs, "plan": "basic"}) for c in golden(24)]
    add_snapshot(dataset, cases=planned, actor=shop.actor("ana"), reason="Plans.")
    run = finish(queued(shop, prompt, stages.MAJOR_TEXT))
    assert (run.risk, run.state) == ("MAJOR", Run.State.PASSED)
    assert release_of(run).state == Clearance.IN_REVIEW


def test_a_rule_that_breaks_where_production_kept_it_blocks_and_the_report_says_where(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset, SILENT_ON_ORDERS)
    run = finish(queued(shop, prompt))
    assert (run.state, release_of(run).state) == (Run.State.FAILED, Clearance.FAILED)
    found = report(run)
    assert found.headline == (
        "Blocked: 24 of 24 cases that passed in production's version now fail."
    )
    assert [(group.key, len(group.ids)) for group in found.groups] == [("now_failing", 24)]
    (line,) = found.lines(["q07"])
    assert "order number" in line.candidate.output
    assert "order number" not in line.baseline.output
    assert [rule.changed for rule in line.rules] == [False, True]


def test_the_arms_are_asked_in_turns_so_that_time_hits_both_alike(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    finish(queued(shop, prompt))
    halves = [
        sum("order number" in text for text, _ in suite.asked[part])
        for part in (slice(24), slice(24, 48))
    ]
    assert halves == [12, 12]


def test_a_simulated_pass_clears_in_a_sandbox_and_proves_nothing_elsewhere(db: None) -> None:
    for slug, sandbox in (("sand", True), ("real", False)):
        shop = stages.world(slug, sandbox=sandbox)
        prompt = stages.prompt_named(shop)
        stages.in_production(shop, prompt)
        dataset = create_dataset(shop.project, name="Questions", actor=shop.actor("ana"))
        add_snapshot(dataset, cases=golden(24), actor=shop.actor("ana"), reason="")
        evaluated_with(shop, prompt, dataset, {"type": "not_empty"}, by="simulated")
        run = finish(queued(shop, prompt))
        expected = (
            (Run.State.PASSED, Clearance.CLEARED)
            if sandbox
            else (Run.State.INCONCLUSIVE, Clearance.UNDECIDED)
        )
        assert (run.state, release_of(run).state) == expected
        assert release_of(run).verdict.simulated
    assert "simulated" in run.reasons[0]


def test_a_refused_key_stops_the_run_at_once_and_only_then_it_may_be_repeated(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    def refuses(prompt: str, query: str) -> str:
        raise provider.Refused("The provider refused the key (status 401).", 401)

    suite.answer = refuses
    run = finish(queued(shop, prompt))
    assert (run.state, release_of(run).state) == (Run.State.ERRORED, Clearance.EVALUATING)
    assert "refused the key" in run.reasons[0]
    assert len(suite.asked) <= 12  # what was under way or next in turn
    suite.answer = echo
    release = submit(run.version, actor=shop.actor("ana"), reason="The key is right now.")
    again = Run.objects.get(version=run.version, attempt=2)
    assert (release.attempt, again.resumes) == (2, run)
    assert finish(again).state == Run.State.PASSED


def test_a_repeat_goes_on_from_what_was_finished_instead_of_drawing_it_again(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    def breaks_down(prompt: str, query: str) -> str:
        if len(suite.asked) > 30:
            raise provider.Refused("The provider refused the request (status 400).", 400)
        return echo(prompt, query)

    suite.answer = breaks_down
    run = finish(queued(shop, prompt))
    kept = run.results.count()
    assert run.state == Run.State.ERRORED
    assert 0 < kept < 48
    suite.answer, suite.asked = echo, []
    submit(run.version, actor=shop.actor("ana"), reason="Again.")
    again = finish(Run.objects.latest("id"))
    assert again.state == Run.State.PASSED
    assert len(suite.asked) == 48 - kept


def test_a_call_that_fails_for_a_moment_is_made_again(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    def once_busy(prompt: str, query: str) -> str:
        if suite.asked.count((prompt, query)) == 1 and query == "Question 3?":
            raise provider.RateLimited("The provider asks to wait (status 429).", 0.02)
        return echo(prompt, query)

    suite.answer = once_busy
    run = finish(queued(shop, prompt))
    assert run.state == Run.State.PASSED
    calls = set(run.results.filter(case__case_id="q03").values_list("calls", flat=True))
    assert calls == {2}
    assert set(run.results.exclude(case__case_id="q03").values_list("calls", flat=True)) == {1}


def test_work_that_is_stopped_is_handed_back_and_finished_by_the_next(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    shard = queued(shop, prompt).shards.get()
    assert work(shard.pk, stop=lambda: len(suite.asked) >= 10)
    shard.refresh_from_db()
    assert (shard.state, shard.attempts) == (RunShard.State.QUEUED, 0)
    assert 10 <= shard.run.results.count() < 48
    assert finish(shard.run).state == Run.State.PASSED
    assert len(suite.asked) == 48


def test_a_shard_has_one_holder_and_an_expired_lease_goes_to_the_next(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    shard = queued(shop, prompt).shards.get()
    first = leases.claim(shard.pk)
    assert first is not None
    assert leases.claim(shard.pk) is None
    expire(shard)
    second = leases.claim(shard.pk)
    assert second is not None
    with pytest.raises(leases.LeaseLost):
        leases.write(shard.run, shard.pk, first, [result_of(shard.run)])
    assert not shard.run.results.exists()
    leases.write(shard.run, shard.pk, second, [result_of(shard.run)])
    with pytest.raises(leases.LeaseLost):  # it is there already, and stays as it is
        leases.write(shard.run, shard.pk, second, [result_of(shard.run)])
    assert shard.run.results.count() == 1
    with pytest.raises(leases.LeaseLost):
        leases.finish(shard.pk, uuid4())


def expire(shard: RunShard) -> None:
    RunShard.objects.filter(pk=shard.pk).update(lease_until=Now() - timedelta(seconds=1))


def result_of(run: Run) -> CaseResult:
    case = run.snapshot.cases.get(case_id="q01")
    return CaseResult(run=run, case=case, arm=CaseResult.Arm.CANDIDATE, output="Late.")


def test_a_shard_whose_workers_die_without_any_result_ends_the_run(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    run = queued(shop, prompt)
    shard = run.shards.get()
    for _ in range(leases.ATTEMPTS):
        assert leases.claim(shard.pk)
        expire(shard)
    reconcile()
    run.refresh_from_db()
    assert run.state == Run.State.ERRORED
    assert "stopped 3 times" in run.reasons[0]
    assert work(shard.pk) is False
    assert suite.asked == []


def test_a_run_that_nobody_concluded_is_concluded_by_the_reconciler(
    shop: World, prompt: Prompt, suite: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = queued(shop, prompt)
    with monkeypatch.context() as patch:
        patch.setattr("evaluation.offline.run.conclude", lambda run: None)
        finish(run)
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING
    reconcile()  # whoever did the last shard may still be at it
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING
    expire(run.shards.get())
    reconcile()
    run.refresh_from_db()
    assert (run.state, release_of(run).state) == (Run.State.PASSED, Clearance.CLEARED)


def test_a_finished_run_keeps_its_outcome_and_takes_no_more_results(
    shop: World, prompt: Prompt, dataset: Dataset, suite: Model
) -> None:
    run = queued(shop, prompt)
    result = result_of(run)
    elsewhere = create_dataset(stages.world("other").project, name="X", actor=shop.actor("ana"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Suite.objects.update(dataset=elsewhere)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.update(checks=[])
    finish(run)
    result.case_id = run.snapshot.cases.get(case_id="q02").pk
    for change in (
        lambda: CaseResult.objects.bulk_create([result]),
        lambda: CaseResult.objects.update(passed=True),
        lambda: Run.objects.update(state=Run.State.FAILED),
        lambda: Run.objects.update(reasons=["Passed."]),
        lambda: Run.objects.update(metrics={"pass_rate": {"n": 24, "mean": 1.0}}),
        lambda: Run.objects.update(look=2, repeats=3),
        lambda: Run.objects.update(cost=0, calls=0),
        lambda: Run.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert Run.objects.get().state == Run.State.PASSED


def test_a_cancelled_run_ends_once_and_its_worker_notices(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    run = queued(shop, prompt)

    def cancel_in_the_middle() -> bool:
        if len(suite.asked) >= 10 and Run.objects.get(pk=run.pk).state == Run.State.RUNNING:
            cancel(run, actor=shop.actor("rui"), reason="Wrong cases.")
        return False

    assert work(run.shards.get().pk, stop=cancel_in_the_middle) is False
    run.refresh_from_db()
    assert (run.state, run.reasons) == (Run.State.CANCELLED, ["Cancelled by rui: Wrong cases."])
    assert run.results.count() < 48
    assert release_of(run).state == Clearance.EVALUATING
    with pytest.raises(Refused, match="ended already"):
        cancel(run, actor=shop.actor("rui"), reason="")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_exactly_one_gets_the_shard(
    shop: World, prompt: Prompt, suite: Model
) -> None:
    shard = queued(shop, prompt).shards.get()
    tokens = []

    def try_it() -> None:
        tokens.append(leases.claim(shard.pk))
        connection.close()

    threads = [Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 8
    assert len([token for token in tokens if token]) == 1
    shard.refresh_from_db()
    assert shard.attempts == 1
