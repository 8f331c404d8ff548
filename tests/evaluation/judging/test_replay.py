"""Replays: answers scored once more, by a worker, each call written before the next."""

from collections.abc import Iterator

import pytest
from django.db.models.functions import Now

from evaluation.offline.judging.asking import ASKS
from evaluation.offline.judging.replays import work as working
from evaluation.offline.judging.replays.end import cancel_replay, take_up_replays
from evaluation.offline.judging.replays.start import UNDER_WAY, start_replay
from evaluation.offline.judging.replays.work import work_on_replay
from evaluation.offline.leases import ATTEMPTS, LEASE
from evaluation.offline.models import CaseResult, JudgeVersion, Replay, Spend
from evaluation.providers.base import Refused as RefusedByProvider
from evaluation.providers.base import Transient
from evaluation.providers.retry import RetryRules
from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from tests import stages
from tests.evaluation.judging.conftest import GOOD, JudgeModel, judge_of, scores_by_case
from tests.stages import World


def started(shop: World, version: JudgeVersion, results: list[CaseResult]) -> Replay:
    return start_replay(
        version, results=results, actor=shop.actor("rui"), reason="Does it say the same?"
    )


def done(replay: Replay) -> Replay:
    """Do what a worker does."""
    work_on_replay(replay.pk)
    replay.refresh_from_db()
    return replay


def test_every_answer_is_scored_and_the_month_pays(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    model.answer = scores_by_case([5, 4, 3, 2, 1])
    replay = done(started(shop, judge_of(shop), results[:5]))
    assert replay.state == "done"
    rows = replay.judgements.order_by("result__case__position")
    assert [(row.score, row.value) for row in rows] == [
        (5, 1.0),
        (4, 0.8),
        (3, 0.6),
        (2, 0.4),
        (1, 0.2),
    ]
    spend = Spend.objects.get(connection="judge-model")
    assert (spend.calls, spend.input_tokens, spend.unpriced_calls) == (5, 450, 5)
    assert Event.objects.get(action="replay.requested").reason == "Does it say the same?"


@pytest.mark.parametrize("text", ["{}", '{"score":"banana"}', '{"reasoning":"x","score":99}', ""])
def test_a_broken_answer_is_asked_for_twice_more_then_there_is_no_score(
    shop: World, model: JudgeModel, results: list[CaseResult], text: str
) -> None:
    model.answer = lambda material: text
    replay = done(started(shop, judge_of(shop), results[:1]))
    rows = list(replay.judgements.order_by("ask"))
    assert [(row.ask, row.score, row.last) for row in rows] == [
        (1, None, False),
        (2, None, False),
        (3, None, True),
    ]
    assert all(row.error for row in rows)
    assert len(model.asked) == ASKS
    assert replay.state == "done"


def test_a_good_answer_at_the_second_time_of_asking_counts(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    said = iter(["{}", GOOD])
    model.answer = lambda material: next(said)
    replay = done(started(shop, judge_of(shop), results[:1]))
    assert list(replay.judgements.values_list("ask", "score", "last")) == [
        (1, None, False),
        (2, 4, True),
    ]


def test_a_judge_that_cannot_be_asked_leaves_an_error_and_no_score(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    model.answer = lambda material: RefusedByProvider("The provider refused the key.", 401)
    replay = done(started(shop, judge_of(shop), results[:2]))
    assert [row.score for row in replay.judgements.all()] == [None, None]
    assert all("refused the key" in row.error for row in replay.judgements.all())


def test_passing_trouble_is_tried_again(
    shop: World, model: JudgeModel, results: list[CaseResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "RULES", RetryRules(first_wait=0.001))
    said: Iterator[str | Exception] = iter([Transient("It hung up."), GOOD])
    model.answer = lambda material: next(said)
    replay = done(started(shop, judge_of(shop), results[:1]))
    assert [row.score for row in replay.judgements.all()] == [4]


def test_after_a_worker_died_only_what_is_not_written_is_asked(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    said = iter([GOOD, "{}"])

    def dies_after_two(material: dict[str, str]) -> str:
        text = next(said, None)
        if text is None:
            raise SystemExit
        return text

    model.answer = dies_after_two
    replay = started(shop, judge_of(shop), results[:2])
    with pytest.raises(SystemExit):
        work_on_replay(replay.pk)
    written = set(replay.judgements.values_list("result", "ask"))
    model.asked.clear()
    model.answer = lambda material: GOOD
    Replay.objects.filter(pk=replay.pk).update(lease_until=Now() - LEASE)
    assert done(replay).state == "done"
    assert replay.judgements.filter(last=True).count() == 2
    assert written <= set(replay.judgements.values_list("result", "ask"))
    assert len(model.asked) == replay.judgements.count() - len(written)


def test_one_that_kills_its_workers_ends_and_says_so(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    replay = started(shop, judge_of(shop), results[:1])
    Replay.objects.filter(pk=replay.pk).update(attempts=ATTEMPTS)
    take_up_replays()
    replay.refresh_from_db()
    assert replay.state == "errored"
    assert "Start it again" in replay.error


def test_stopping_a_worker_hands_the_rest_to_the_next(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    replay = started(shop, judge_of(shop), results)
    assert work_on_replay(replay.pk, stop=lambda: True) is True
    assert 0 < replay.judgements.count() < len(results)
    assert done(replay).state == "done"
    assert replay.judgements.count() == len(results)


def test_a_cancelled_replay_asks_nothing_more(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    replay = started(shop, judge_of(shop), results[:2])
    cancel_replay(replay, actor=shop.actor("rui"), reason="Not needed.")
    assert done(replay).state == "cancelled"
    assert model.asked == []
    with pytest.raises(Refused, match="ended already"):
        cancel_replay(replay, actor=shop.actor("rui"), reason="Again.")


def test_what_cannot_be_replayed_is_refused(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    relevance, correctness = judge_of(shop), judge_of(shop, "correctness")
    with pytest.raises(Refused, match="cases with a reference"):
        started(shop, correctness, results[:2])
    with pytest.raises(Refused, match="None of these"):
        started(shop, relevance, [])
    with pytest.raises(NotPermitted):
        start_replay(relevance, results=results, actor=shop.actor("vic"), reason="")
    bank = stages.world("bank")
    with pytest.raises(Refused, match="None of these"):
        start_replay(judge_of(bank), results=results, actor=bank.actor("rui"), reason="")
    for _ in range(UNDER_WAY):
        started(shop, relevance, results[:1])
    with pytest.raises(Refused, match="under way"):
        started(shop, relevance, results[:1])


def test_the_simulated_judge_scores_always_alike_and_says_that_it_is_none(
    shop: World, results: list[CaseResult]
) -> None:
    version = judge_of(shop, "faithfulness", by="simulated")
    first, again = (done(started(shop, version, results[:1])).judgements.get() for _ in range(2))
    assert first.score is not None
    assert first.reasoning.startswith("Simulated:")
    assert (again.score, again.reasoning) == (first.score, first.reasoning)
