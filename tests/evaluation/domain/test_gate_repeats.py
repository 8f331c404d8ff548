"""Several answers to a case: folded into one outcome, and when the gate asks for more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.checks import Outcome, Result, Severity
from evaluation.domain.gate import CaseOutcome, GateOutcome, GateRules, JudgeRule, decide, fold

PASS, FAIL, ERROR, SKIPPED = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.SKIPPED
LOST = None  # no answer at all
JUDGE = "faithfulness"


def rule(outcome, **fields):
    return Result("order", "mentions the order", outcome, f"Looked: {outcome}.", **fields)


def answer(outcome=PASS, case="case-01", **fields):
    if outcome is LOST:
        return CaseOutcome(case, error="The provider did not answer.")
    return CaseOutcome(case, (rule(outcome),), **fields)


@pytest.mark.parametrize(
    ("answers", "folded"),
    [
        ([FAIL], FAIL),
        ([PASS, FAIL], FAIL),  # half is enough to break
        ([PASS, PASS], PASS),
        ([PASS, PASS, FAIL], PASS),
        ([PASS, FAIL, FAIL], FAIL),
        ([SKIPPED, SKIPPED], SKIPPED),
        # What did not come counts as unknown: only where it cannot matter there is an outcome.
        ([PASS, LOST], ERROR),
        ([FAIL, LOST], FAIL),
        ([PASS, PASS, LOST], PASS),
        ([PASS, FAIL, LOST], ERROR),
        ([FAIL, FAIL, LOST], FAIL),
        ([PASS, LOST, LOST], ERROR),
        ([PASS, PASS, ERROR], PASS),
        ([PASS, FAIL, ERROR], ERROR),
    ],
)
def test_a_rule_breaks_when_it_breaks_in_at_least_half_of_the_answers(answers, folded):
    found = fold([answer(one) for one in answers])
    assert [result.outcome for result in found.results] == [folded]
    assert not found.error


def test_the_reason_says_in_how_many_answers_the_rule_breaks():
    assert fold([answer(FAIL)]).results[0].reason == "Looked: fail."
    assert fold([answer(one) for one in (PASS, FAIL, FAIL)]).results[0].reason == (
        "In 2 of 3 answers: Looked: fail."
    )
    assert fold([answer(PASS), answer(LOST)]).results[0].reason == (
        "1 of 2 answers could not be looked at: The provider did not answer."
    )


def test_without_any_answer_there_is_the_error_and_nothing_cannot_be_folded():
    assert fold([answer(LOST)] * 3).error == "The provider did not answer."
    with pytest.raises(ValueError, match="no answer to fold"):
        fold([])


def test_a_score_is_the_mean_and_says_how_much_of_it_is_missing():
    scored = [answer(scores={JUDGE: score}, cost=0.01) for score in (0.6, 1.0)]
    silent = answer(unscored={JUDGE: "The judge's answer was empty."}, cost=0.04)
    whole = fold(scored)
    assert whole.scores == {JUDGE: pytest.approx(0.8)}
    assert (whole.gaps, whole.unscored) == ({}, {})
    partly = fold([*scored, silent])
    assert partly.scores == {JUDGE: pytest.approx(0.8)}
    assert partly.gaps == {JUDGE: pytest.approx(1 / 3)}
    assert partly.cost == pytest.approx(0.02)
    assert fold([*scored, answer(LOST)]).gaps == {JUDGE: pytest.approx(1 / 3)}
    none = fold([silent, silent])
    assert (none.scores, none.gaps) == ({}, {})
    assert none.unscored == {JUDGE: "The judge's answer was empty."}


def test_a_case_tells_the_time_of_one_answer_and_no_cost_where_one_is_unknown():
    found = fold([answer(latency_ms=None, cost=0.01), answer(latency_ms=300), answer()])
    assert (found.latency_ms, found.cost) == (300, None)


ANSWERS = st.lists(st.sampled_from([PASS, FAIL, ERROR, LOST]), min_size=1, max_size=5)


@given(ANSWERS)
def test_whatever_a_missing_answer_had_been_a_folded_outcome_stands(answers):
    found = fold([answer(one) for one in answers])
    said = found.results[0].outcome if found.results else ERROR
    for extreme in (PASS, FAIL):
        filled = [one if one in (PASS, FAIL) else extreme for one in answers]
        would = fold([answer(one) for one in filled]).results[0].outcome
        assert said in (ERROR, would)


def test_a_missing_share_of_a_score_counts_as_the_worst_in_a_pass():
    def arm(gap, n=20):
        cases = (f"case-{i}" for i in range(n))
        return [
            CaseOutcome(c, scores={JUDGE: 0.8}, gaps={JUDGE: gap} if gap else {}) for c in cases
        ]

    rules = GateRules(judges=(JudgeRule(JUDGE),), anchor_margin=None)
    assert decide(arm(0.0), arm(0.0), rules).outcome is GateOutcome.PASS
    gate = decide(arm(1 / 3), arm(0.0), rules)
    assert gate.outcome is GateOutcome.INCONCLUSIVE
    assert gate.reasons[0].startswith("Faithfulness lacks scores on 20 cases (case-0, case-1,")


def arms(flipped=(), lost=(), scores=None, n=40, **fields):
    """Both versions on `n` cases: the candidate breaks the rule on `flipped`, lacks `lost`."""
    names = [f"case-{i:02}" for i in range(n)]
    ours = [
        answer(
            LOST if i in lost else FAIL if i in flipped else PASS,
            name,
            scores={JUDGE: scores[i]} if scores else {},
            **fields,
        )
        for i, name in enumerate(names)
    ]
    before = {JUDGE: 0.8} if scores else {}
    return ours, [answer(PASS, name, scores=before, latency_ms=100) for name in names]


CAN_REPEAT = GateRules(may_repeat=True, anchor_margin=None)
EVEN = [1.0, 0.6] * 20  # as good on the whole, too noisy to tell at 40 cases


def test_a_newly_broken_rule_is_asked_again_before_it_blocks():
    gate = decide(*arms(flipped=(3, 7)), CAN_REPEAT)
    assert gate.outcome is GateOutcome.FAIL
    assert gate.again == ("case-03", "case-07")


@pytest.mark.parametrize("rules", [GateRules(), GateRules(look=2, may_repeat=True)])
def test_the_last_look_blocks_at_once(rules):
    gate = decide(*arms(flipped=(3,)), rules)
    assert (gate.outcome, gate.again) == (GateOutcome.FAIL, ())


def test_a_second_look_clears_a_flip_by_chance_and_confirms_a_real_one():
    ours, theirs = arms(flipped=(3,))

    def second(*answers):
        folded = fold([answer(one, "case-03") for one in answers])
        return decide([*ours[:3], folded, *ours[4:]], theirs, GateRules(look=2)).outcome

    assert second(FAIL, PASS, PASS) is GateOutcome.PASS
    assert second(FAIL, PASS, FAIL) is GateOutcome.FAIL


def test_an_undecided_judge_asks_for_all_cases_also_beside_a_flip():
    rules = GateRules(judges=(JudgeRule(JUDGE),), may_repeat=True, anchor_margin=None)
    assert len(decide(*arms(scores=EVEN), rules).again) == 40
    assert len(decide(*arms(flipped=(3,), scores=EVEN), rules).again) == 40


def test_nothing_is_asked_again_where_something_else_blocks():
    gate = decide(*arms(flipped=(3,), latency_ms=200), CAN_REPEAT)
    assert (gate.outcome, gate.again) == (GateOutcome.FAIL, ())
    rules = GateRules(judges=(JudgeRule(JUDGE),), may_repeat=True, anchor_margin=None)
    assert decide(*arms(flipped=(3,), scores=[0.6] * 40), rules).again == ()


def test_nothing_is_asked_again_that_more_answers_cannot_settle():
    rules = GateRules(judges=(JudgeRule(JUDGE),), may_repeat=True, anchor_margin=None)
    assert decide(*arms(scores=EVEN, n=19), rules).again == ()
    assert decide(*arms(lost=(5,), scores=EVEN), rules).again == ()
    # But a flip is: it would stay a fail, where the missing case alone leaves it open.
    assert decide(*arms(flipped=(3,), lost=(5,)), CAN_REPEAT).again == ("case-03",)
    assert decide(*arms(lost=(5, 6, 7)), CAN_REPEAT).again == ()  # no verdict at all


def test_a_first_version_is_asked_again_where_a_rule_that_must_always_hold_breaks():
    ours, _ = arms(flipped=(3,))
    gate = decide(ours, None, CAN_REPEAT)
    assert (gate.outcome, gate.again) == (GateOutcome.FAIL, ("case-03",))
    rate = rule(FAIL, min_pass_rate=0.99, severity=Severity.BLOCKER)
    ours[3] = CaseOutcome("case-03", (rate,))
    counted = [CaseOutcome(one.case, (rule(PASS, min_pass_rate=0.99),)) for one in ours]
    counted[3] = ours[3]
    # A share of its own is not asked again: only the wrong ones would be, which flatters it.
    gate = decide(counted, None, CAN_REPEAT)
    assert (gate.outcome, gate.again) == (GateOutcome.FAIL, ())
