"""Live answers are judged under a day's budget, equally in both arms, and counted once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from evaluation.offline.models import Spend
from evaluation.online.models import Rollup, Sample
from evaluation.online.samples.judge import judge_due
from evaluation.providers.base import Transient
from evaluation.providers.connections import Connection
from evaluation.providers.simulated import Simulated


def counted(live, arm: str, metric: str = "score:relevance") -> int:
    rows = Rollup.objects.filter(
        series__arm=arm, series__prompt=live.prompt, metric=metric, minutes=60
    )
    return rows.aggregate(n=Sum("n"))["n"] or 0


class Broken:
    """A provider that never answers."""

    calls = 0

    def complete(self, request):
        Broken.calls += 1
        raise Transient("It does not answer.")


def connect(monkeypatch, provider, **more) -> None:
    made = Connection("simulated", provider, simulated=True, **more)
    monkeypatch.setattr("evaluation.providers.connections.get", lambda name: made)


def test_scores_are_kept_with_their_reason_and_counted_where_the_call_was(live):
    live.calls("treatment", range(3))
    live.calls("control", range(3))
    assert judge_due(live.now) == 6
    sample = Sample.objects.filter(series__arm="treatment").first()
    assert 0.2 <= sample.scores["relevance"] <= 1
    assert sample.reasons["relevance"]
    assert (counted(live, "treatment"), counted(live, "control")) == (3, 3)
    # The calls themselves are still counted once: a score is not a call.
    assert counted(live, "treatment", "error") == 3


def test_judging_again_changes_nothing(live):
    live.calls("treatment", range(2))
    live.calls("control", range(2))
    judge_due(live.now)
    assert judge_due(live.now) == 0
    assert counted(live, "treatment") == 2
    Sample.objects.update(judged_at=None, scores={})  # as if a worker had died in between
    assert judge_due(live.now) == 4
    assert counted(live, "treatment") == 2


def test_both_arms_get_as_many_scores_the_newest_calls_first(live):
    live.budget(live_samples_day=10)
    live.calls("control", range(20))
    live.calls("treatment", range(8))
    judge_due(live.now)
    assert (live.judged("control"), live.judged("treatment")) == (5, 5)
    judged = Sample.objects.filter(judged_at__isnull=False, series__arm="control")
    assert {40000 + n for n in range(5)} == {
        int(sample.input["question"][15:20]) for sample in judged
    }


def test_without_the_other_arm_nothing_is_spent(live):
    live.calls("control", range(5))
    assert judge_due(live.now) == 0


def test_the_days_number_holds_for_the_day_and_not_for_the_next(live):
    live.budget(live_samples_day=4)
    live.calls("control", range(6))
    live.calls("treatment", range(6))
    assert judge_due(live.now) == 4
    assert judge_due(live.now) == 0
    Sample.objects.filter(judged_at__isnull=False).update(judged_at=live.now - timedelta(days=1))
    assert judge_due(live.now) == 4


def test_production_alone_takes_half_of_the_days_number(live):
    live.budget(live_samples_day=6)
    live.calls("control", range(10))
    Sample.objects.update(series=_standing(live))
    assert judge_due(live.now) == 3
    live.calls("control", range(20, 30))
    live.calls("treatment", range(20, 30))
    assert judge_due(live.now) == 2  # a pair; the one left has no partner


def _standing(live):
    from evaluation.online.models import Series

    before = live.rollout.production_before
    return Series.objects.create(prompt=live.prompt, version=before, segment=None, arm="control")


def test_what_the_application_scored_itself_is_not_judged_again(live):
    live.calls("treatment", range(1), scores={"relevance": 0.5})
    live.calls("control", range(1), scores={"relevance": 0.5})
    judge_due(live.now)
    assert set(Sample.objects.values_list("scores__relevance", flat=True)) == {0.5}
    assert counted(live, "treatment") == 1


def test_a_judge_that_needs_context_says_so_where_there_is_none(make_live):
    live = make_live(kinds=("faithfulness", "relevance"))
    live.calls("treatment", range(1))
    live.calls("control", range(1), context=("Order 40000 left on Tuesday.",))
    judge_due(live.now)
    with_context = Sample.objects.get(series__arm="control")
    without = Sample.objects.get(series__arm="treatment")
    assert set(with_context.scores) == {"faithfulness", "relevance"}
    assert set(without.scores) == {"relevance"}
    assert "faithfulness needs a context" in without.judge_problem


def test_a_provider_that_fails_is_asked_again_once_and_the_reason_kept(live, monkeypatch):
    connect(monkeypatch, Broken())
    monkeypatch.setattr("evaluation.offline.tryouts.calls.ask_again", lambda *a, **k: None)
    live.calls("treatment", range(3))
    live.calls("control", range(3))
    assert judge_due(live.now) == 0
    assert Broken.calls == 2  # the project waits for the next turn
    tried = Sample.objects.exclude(judge_problem="")
    assert {sample.judged_at for sample in tried} == {None}
    assert "It does not answer" in tried[0].judge_problem
    for _turn in range(5):
        judge_due(live.now)
    assert Broken.calls == 12  # each of the six twice, then never again
    assert not Sample.objects.filter(judged_at=None).exists()
    assert counted(live, "treatment") == 0


def test_after_trouble_that_passed_the_score_comes(live, monkeypatch):
    live.calls("treatment", range(1))
    live.calls("control", range(1))
    with monkeypatch.context() as patched:
        connect(patched, Broken())
        patched.setattr("evaluation.offline.tryouts.calls.ask_again", lambda *a, **k: None)
        judge_due(live.now)
    assert judge_due(live.now) == 2
    assert set(Sample.objects.values_list("judge_problem", flat=True)) == {""}
    assert counted(live, "control") == 1


def test_calls_and_costs_are_in_the_months_spend_and_the_days_money_ends_it(live, monkeypatch):
    price = Decimal("0.4")
    connect(monkeypatch, Simulated())
    monkeypatch.setattr("evaluation.online.samples.ask.cost_of", lambda *a: price)
    monkeypatch.setattr("evaluation.online.samples.ask.most_cost_of", lambda *a: price)
    live.calls("treatment", range(4))
    live.calls("control", range(4))
    assert judge_due(live.now) == 2  # the built-in dollar a day: a third call would cost 1.20
    spend = Spend.objects.get(project=live.world.project, connection="simulated")
    assert (spend.calls, spend.cost) == (2, Decimal("0.8"))
    assert judge_due(live.now) == 0
    live.budget(live_cost_day=1.6)
    assert judge_due(live.now) == 2


def test_a_team_is_not_told_that_a_simulated_judge_found_its_answers_good(make_live):
    live = make_live(sandbox=False)
    live.calls("treatment", range(1))
    live.calls("control", range(1))
    judge_due(live.now)
    assert counted(live, "treatment") == 0
    assert all("sandbox" in sample.judge_problem for sample in Sample.objects.all())


@pytest.mark.parametrize("hours", [24, 30])
def test_calls_too_old_to_take_scores_are_left_alone(live, hours):
    live.calls("treatment", range(1))
    live.calls("control", range(1))
    assert judge_due(live.now + timedelta(hours=hours)) == 0
