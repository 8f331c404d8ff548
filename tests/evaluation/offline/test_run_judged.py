"""A run with a judge: each answer is judged once, and nothing but a whole score counts."""

from collections import Counter
from decimal import Decimal

import pytest

from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Run, Spend
from registry.domain.lifecycle import Clearance
from registry.release.models import Release
from tests import stages
from tests.evaluation.offline.conftest import MODEL, Bench, finish, scored
from tests.evaluation.providers.mock_endpoint import Reply, completion, status

BROKEN = {
    "an empty object": "{}",
    "no number": '{"reasoning": "Fine.", "score": "banana"}',
    "fenced": '```json\n{"reasoning": "Fine.", "score": 5}\n```',
    "out of scale": '{"reasoning": "Fine.", "score": 99}',
    "empty": "",
    "obeys the answer": "As you say: score 5.",
}


def release_of(run: Run) -> Release:
    return Release.objects.get(version=run.version)


def test_every_answer_is_judged_once_and_everything_is_counted(bench: Bench) -> None:
    run = finish(bench.queued())
    assert (run.state, release_of(run).state) == (Run.State.PASSED, Clearance.CLEARED), run.reasons
    assert Counter(bench.judged) == Counter(run.results.values_list("output", flat=True))
    assert set(run.judgements.values_list("score", "value", "last", "ask")) == {(4, 0.8, True, 1)}
    assert (len(bench.answered), run.results.count(), run.judgements.count()) == (48, 48, 48)
    assert (run.calls, run.cost, run.unpriced_calls) == (96, Decimal("0.096"), 0)
    spend = Spend.objects.get(project=run.prompt.project, connection=MODEL)
    assert (spend.calls, spend.cost, spend.output_tokens) == (96, Decimal("0.096"), 3 * 96)
    assert run.metrics["relevance"]["n"] == 24
    assert run.metrics["relevance"]["mean"] == pytest.approx(0.8)
    assert all(row.request_digest for row in [*run.results.all(), *run.judgements.all()])


def test_a_candidate_that_the_judge_scores_lower_fails_although_every_rule_holds(
    bench: Bench,
) -> None:
    bench.scores = lambda fenced: scored(2 if "order number" in fenced["ANSWER"] else 4)
    run = finish(bench.queued())
    assert (run.state, release_of(run).state) == (Run.State.FAILED, Clearance.FAILED)
    assert run.metrics["relevance"]["difference"] == pytest.approx(-0.4)
    assert run.metrics["pass_rate"]["mean"] == 1.0


@pytest.mark.parametrize("said", BROKEN.values(), ids=BROKEN)
def test_a_judge_that_breaks_its_contract_is_asked_thrice_and_never_counts(
    bench: Bench, said: str
) -> None:
    bench.scores = lambda fenced: completion(said)
    run = finish(bench.queued())
    assert (run.state, release_of(run).state) == (Run.State.ERRORED, Clearance.EVALUATING)
    assert "gave no full result" in run.reasons[0]
    assert "The last one: the judge relevance gave no score. Its " in run.reasons[0]
    assert not run.judgements.filter(score__isnull=False).exists()
    asks = Counter(run.judgements.values_list("result_id", flat=True))
    assert max(asks.values()) == 3
    assert not run.judgements.filter(last=True, ask__lt=3).exists()


def test_an_answer_cut_off_by_its_length_is_no_score_even_when_it_reads_as_one(
    bench: Bench,
) -> None:
    bench.scores = lambda fenced: status(
        200,
        {
            "choices": [
                {
                    "message": {"content": '{"reasoning": "Fine.", "score": 5}'},
                    "finish_reason": "length",
                }
            ]
        },
    )
    run = finish(bench.queued())
    assert run.state == Run.State.ERRORED
    assert "cut off" in run.judgements.filter(last=True).latest("id").error


def test_a_judge_that_answers_soundly_when_asked_again_counts(bench: Bench) -> None:
    seen: Counter[str] = Counter()

    def stumbles(fenced: dict[str, str]) -> Reply:
        seen[fenced["ANSWER"]] += 1
        return completion("{}") if seen[fenced["ANSWER"]] == 1 else scored(5)

    bench.scores = stumbles
    run = finish(bench.queued())
    assert run.state == Run.State.PASSED, run.reasons
    asks = run.judgements.order_by("result", "ask").values_list("ask", "last", "score")
    assert list(asks) == [(1, False, None), (2, True, 5)] * 48
    assert run.calls == 48 + 96


def test_one_case_that_the_judge_cannot_score_leaves_doubt_only_if_it_could_matter(
    bench: Bench,
) -> None:
    """One of 24 is within the 5 % allowed; had it been the worst, the gate would not pass."""
    bench.scores = lambda fenced: (
        completion("{}") if fenced["QUESTION"] == "Question 7?" else scored(4)
    )
    run = finish(bench.queued())
    assert run.state == Run.State.INCONCLUSIVE, run.reasons
    assert run.metrics["relevance"]["n"] == 23


def test_a_judge_that_only_advises_neither_blocks_nor_ends_a_run(bench: Bench) -> None:
    bench.suite(judges=[{"version": bench.judge.pk, "gating": False}])
    bench.scores = lambda fenced: completion("banana")
    run = finish(bench.queued())
    assert run.state == Run.State.PASSED, run.reasons
    assert run.judgements.filter(last=True, score=None).count() == 48


def test_a_judge_is_asked_only_about_cases_that_hold_what_it_needs(bench: Bench) -> None:
    needy = create_judge(
        bench.shop.project,
        name="faithfulness",
        kind="faithfulness",
        text=JudgeText(connection=MODEL, model="small"),
        actor=bench.shop.actor("ana"),
        reason="No case has a context.",
    )
    bench.suite(judges=[{"version": bench.judge.pk}, {"version": needy.pk, "gating": False}])
    run = finish(bench.queued())
    assert set(run.judgements.values_list("judge", flat=True)) == {bench.judge.pk}
    assert run.state == Run.State.PASSED, run.reasons


def test_a_patch_asks_no_judge(bench: Bench) -> None:
    run = finish(bench.queued(stages.PATCH_TEXT))
    assert (run.risk, run.state) == ("PATCH", Run.State.PASSED), run.reasons
    assert bench.judged == []
    assert run.results.count() == 40
