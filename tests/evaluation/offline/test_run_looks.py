"""Repeats, the second look, answers taken over from earlier runs, and the anchor."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from evaluation.offline.conclude import conclude
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.judging.create import JudgeText, new_version
from evaluation.offline.models import Run
from evaluation.offline.reconcile import reconcile
from evaluation.offline.run import work
from registry.audit.clock import database_now
from registry.prompts.models import Version
from tests import stages
from tests.evaluation.offline.conftest import Bench, finish, golden, scored
from tests.evaluation.offline.model_server import echo
from tests.evaluation.providers.mock_endpoint import Reply, completion

SILENT_ON_ORDERS = {"type": "contains", "value": "Forbidden", "negate": True}
SLIPS = "Forbidden"


def per_case(run: Run, arm: str) -> Counter[str]:
    """How many answers each case has."""
    return Counter(run.results.filter(arm=arm).values_list("case__case_id", flat=True))


def leave_in_doubt(bench: Bench) -> None:
    """Let the candidate be better on every other case, and worse on the rest."""

    def scores(fenced: dict[str, str]) -> Reply:
        ours = "order number" in fenced["ANSWER"]
        return scored(4 + ours * (1 if question_of(fenced) % 2 else -1))

    bench.scores = scores


def test_a_rule_that_breaks_by_chance_is_looked_at_twice_and_does_not_block(bench: Bench) -> None:
    bench.suite(checks=[SILENT_ON_ORDERS])
    slips = count()

    def says(prompt: str, query: str) -> Reply:
        chance = query == "Question 4?" and "order number" in prompt and next(slips) == 0
        return completion(SLIPS) if chance else echo(prompt, query)

    bench.says = says
    run = finish(bench.queued())
    assert run.state == Run.State.PASSED, run.reasons
    assert (run.look, run.again) == (2, ["q04"])
    for arm in ("candidate", "baseline"):
        assert per_case(run, arm) == Counter({f"q{n:02}": 1 for n in range(1, 25)} | {"q04": 3})
    assert run.total == run.results.count() == run.judgements.count() == 52


def test_a_rule_that_stays_broken_blocks_after_the_second_look(bench: Bench) -> None:
    bench.suite(checks=[SILENT_ON_ORDERS])
    bench.says = lambda prompt, query: (
        completion(SLIPS)
        if query == "Question 4?" and "order number" in prompt
        else echo(prompt, query)
    )
    run = finish(bench.queued())
    assert (run.state, run.look) == (Run.State.FAILED, 2)
    assert run.groups["now_failing"] == ["q04"]


def test_scores_that_leave_doubt_have_every_case_answered_thrice(bench: Bench) -> None:
    leave_in_doubt(bench)
    run = finish(bench.queued())
    assert run.look == 2
    assert set(per_case(run, "candidate").values()) == {3}
    assert run.judgements.count() == run.results.count() == run.total == 24 * 2 * 3
    assert run.state == Run.State.INCONCLUSIVE
    assert run.metrics["relevance"]["n"] == 24


def test_a_second_look_that_the_budget_cannot_bear_is_left_out_and_said(bench: Bench) -> None:
    leave_in_doubt(bench)
    bench.suite(budget={"max_calls": 100})
    run = finish(bench.queued())
    assert (run.look, run.calls) == (1, 96)
    assert run.state == Run.State.INCONCLUSIVE
    assert any("second look" in reason for reason in run.reasons)


def test_the_second_look_begins_once_and_a_verdict_of_the_first_is_dropped(bench: Bench) -> None:
    bench.suite(checks=[SILENT_ON_ORDERS])
    bench.says = lambda prompt, query: (
        completion(SLIPS)
        if query == "Question 4?" and "order number" in prompt
        else echo(prompt, query)
    )
    run = bench.queued()
    work(run.shards.get().pk)
    at_first = Run.objects.get(pk=run.pk)
    assert (at_first.look, at_first.state) == (2, Run.State.RUNNING)
    at_first.look, at_first.again = 1, []  # as another worker read it a moment before
    assert conclude(at_first) is False
    assert Run.objects.get(pk=run.pk).state == Run.State.RUNNING
    reconcile()
    assert finish(run).state == Run.State.FAILED


def test_a_major_is_answered_twice_from_the_start(bench: Bench) -> None:
    planned = [replace(c, inputs={**c.inputs, "plan": "basic"}) for c in golden(24)]
    add_snapshot(bench.dataset, cases=planned, actor=bench.shop.actor("ana"), reason="Plans.")
    run = finish(bench.queued(stages.MAJOR_TEXT))
    assert (run.repeats, run.look, run.state) == (2, 1, Run.State.PASSED), run.reasons
    assert set(per_case(run, "baseline").values()) == {2}
    assert run.total == run.results.count() == run.judgements.count() == 96


def new_checks(bench: Bench, first: Run) -> None:
    bench.suite(checks=[{"type": "not_empty"}])


def new_judge(bench: Bench, first: Run) -> None:
    text = JudgeText(bench.judge.connection, "small", criteria="Is it kind?", max_tokens=50)
    ana = bench.shop.actor("ana")
    newer = new_version(bench.judge.judge, text=text, actor=ana, reason="Other words.")
    bench.suite(judges=[{"version": newer.pk}])


def new_cases(bench: Bench, first: Run) -> None:
    ana = bench.shop.actor("ana")
    add_snapshot(bench.dataset, cases=golden(101), actor=ana, reason="One more.")


def too_old(bench: Bench, first: Run) -> None:
    Run.objects.filter(pk=first.pk).update(created_at=Now() - timedelta(days=15))


def switched_off(bench: Bench, first: Run) -> None:
    bench.suite(thresholds={"reuse_baseline": False, "max_latency_ratio": None})


class TestTakingOver:
    """The baseline's answers of an earlier run, on 100 cases."""

    TEXTS = (
        stages.MINOR_TEXT,
        stages.FIRST_TEXT + " Always name the shop too.",
    )

    @pytest.fixture
    def first(self, bench: Bench) -> Run:
        """A finished run on 100 cases, in which both versions were asked."""
        ana = bench.shop.actor("ana")
        add_snapshot(bench.dataset, cases=golden(100), actor=ana, reason="Enough.")
        run = finish(bench.queued(self.TEXTS[0]))
        assert run.state == Run.State.PASSED, run.reasons
        assert run.baseline_run is None
        bench.server.asked.clear()
        return run

    def test_they_stand_beside_the_next_candidate_and_only_that_one_is_asked(
        self, bench: Bench, first: Run
    ) -> None:
        run = finish(bench.queued(self.TEXTS[1]))
        assert (run.state, run.baseline_run) == (Run.State.PASSED, first), run.reasons
        assert (len(bench.answered), len(bench.judged), run.calls) == (100, 100, 200)
        baseline = run.results.filter(arm="baseline")
        assert baseline.filter(taken_over=True).count() == 100
        assert run.judgements.filter(result__in=baseline, score=4).count() == 100
        assert run.metrics.get("latency_ratio") is None
        again = finish(bench.queued(stages.FIRST_TEXT + " Never forget the name of the shop."))
        assert again.baseline_run == first  # not the copies, which are older than they look

    def test_they_cost_nothing_but_a_second_look_does_so_its_budget_is_asked_first(
        self, bench: Bench, first: Run
    ) -> None:
        def scores(fenced: dict[str, str]) -> Reply:
            ours = "name the shop" in fenced["ANSWER"]
            return scored(4 + ours * (1 if question_of(fenced) % 2 else -1))

        bench.scores = scores
        bench.suite(budget={"max_cost": 0.9})  # 0.2 for the first look, 0.8 for the second
        run = finish(bench.queued(self.TEXTS[1]))
        assert (run.look, run.calls, run.baseline_run) == (1, 200, first)
        assert run.state == Run.State.INCONCLUSIVE, run.reasons
        assert any("second look" in reason for reason in run.reasons)

    def test_beside_another_model_s_answers_the_baseline_is_asked_again(
        self, bench: Bench, first: Run
    ) -> None:
        def says(prompt: str, query: str) -> Reply:
            def renamed(handler: Any) -> None:
                write = handler.wfile.write
                handler.wfile.write = lambda data: write(data.replace(b"2026-11-01", b"2026-12-01"))
                echo(prompt, query)(handler)
                handler.wfile.write = write

            return renamed

        bench.says = says
        run = finish(bench.queued(self.TEXTS[1]))
        assert (run.state, run.baseline_run) == (Run.State.PASSED, first), run.reasons
        assert not run.results.filter(taken_over=True).exists()
        assert (len(bench.answered), len(bench.judged)) == (200, 200)

    def test_whatever_they_rest_on_changed_they_are_asked_for_again(
        self, bench: Bench, first: Run
    ) -> None:
        for change in (new_checks, new_judge, new_cases, too_old, switched_off):
            with transaction.atomic():  # each on the same first run, which takes seconds to make
                change(bench, first)
                run = bench.queued(self.TEXTS[1])
                assert run.baseline_run is None, change.__name__
                transaction.set_rollback(True)
        assert bench.queued(self.TEXTS[1]).baseline_run == first

    def test_a_worker_that_stops_in_between_takes_over_the_rest_later(
        self, bench: Bench, first: Run
    ) -> None:
        run = bench.queued(self.TEXTS[1])
        assert work(run.shards.get().pk, stop=lambda: len(bench.server.asked) > 60)
        assert 0 < run.results.filter(taken_over=True).count() < 100
        assert finish(run).state == Run.State.PASSED
        assert run.calls == len(bench.server.asked) == 200


def test_small_steps_down_are_held_to_the_best_version_of_the_line(bench: Bench) -> None:
    """Each step loses 0.016 of a margin of 0.03; two of them together lose too much."""
    ana = bench.shop.actor("ana")
    add_snapshot(bench.dataset, cases=golden(100), actor=ana, reason="Enough.")
    bench.suite(thresholds={"anchor_margin": 0.03, "max_latency_ratio": None})
    bench.scores = lambda fenced: scored(5 - (question_of(fenced) <= 8 * steps_in(fenced)))
    best = finish(bench.queued(stages.FIRST_TEXT + " Be kind."))
    assert (best.state, best.anchor_run) == (Run.State.PASSED, None), best.reasons
    served(bench, best)
    lower = finish(bench.queued(stages.FIRST_TEXT + " Be kind. Step by step."))
    assert (lower.state, lower.anchor_run) == (Run.State.PASSED, best), lower.reasons
    served(bench, lower)
    lowest = finish(bench.queued(stages.FIRST_TEXT + " Be kind. Step by step. Step on."))
    assert lowest.anchor_run == best
    assert lowest.metrics["relevance"]["difference"] == pytest.approx(-0.016)
    assert lowest.metrics["relevance:anchor"]["difference"] == pytest.approx(-0.032)
    assert lowest.state in (Run.State.FAILED, Run.State.INCONCLUSIVE), lowest.reasons


def question_of(fenced: dict[str, str]) -> int:
    return int(fenced["QUESTION"].removeprefix("Question ").rstrip("?"))


def steps_in(fenced: dict[str, str]) -> int:
    return fenced["ANSWER"].count("Step")


def served(bench: Bench, run: Run) -> None:
    """Bring the version of a passed run to production."""
    version = Version.objects.get(pk=run.version_id)
    now = database_now() - timedelta(minutes=stages.road_minutes(version))
    rollout = stages.started(bench.shop, version, now=now)
    while rollout.ended_at is None:
        rollout, now = stages.next_step(bench.shop, rollout, now)
