"""Judges in the gate: as good as production's version, good enough at all, or not to be told."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.checks import Outcome, Result, Severity
from evaluation.domain.gate import METRIC_NAMES, CaseOutcome, GateOutcome, GateRules, JudgeRule
from evaluation.domain.gate import decide as decide_all

PASS, FAIL, OPEN, ERROR = (
    GateOutcome.PASS,
    GateOutcome.FAIL,
    GateOutcome.INCONCLUSIVE,
    GateOutcome.ERROR,
)
NAME = "faithfulness"
LOST = object()  # the judge gave nothing
NO_ANSWER = object()  # the model gave nothing
NOT_FOR = object()  # this case has nothing for the judge


def arm(scores, name=NAME, **fields):
    return [outcome(n, score, name, **fields) for n, score in enumerate(scores)]


def outcome(number, score, name=NAME, **fields):
    case = f"case-{number:03}"
    if score is NO_ANSWER:
        return CaseOutcome(case, error="The provider did not answer.")
    if score is LOST:
        return CaseOutcome(case, unscored={name: "The judge's answer was no JSON."}, **fields)
    if score is NOT_FOR:
        return CaseOutcome(case, **fields)
    return CaseOutcome(case, scores={name: score}, **fields)


def rules(*, anchor_margin=None, **fields):
    bar = {key: fields.pop(key) for key in list(fields) if key in JudgeRule.__annotations__}
    return GateRules(judges=(JudgeRule(NAME, **bar),), anchor_margin=anchor_margin, **fields)


def decide(ours, theirs, bar=None, anchor=None):
    return decide_all(
        arm(ours),
        None if theirs is None else arm(theirs),
        bar or rules(),
        None if anchor is None else arm(anchor),
    )


# 50 cases; 25 go up a point and 25 down, so the mean is equal and the noise is 0.2.
EVEN_OLD = [0.8] * 50
EVEN_NEW = [1.0, 0.6] * 25


def test_equal_scores_pass_and_one_line_says_so():
    gate = decide([0.8] * 40, [0.8] * 40)
    assert gate.outcome is PASS
    assert gate.reasons[0] == (
        "All 40 cases that passed in production's version still pass, and faithfulness is as "
        "good as before."
    )
    assert gate.reasons[1] == (
        "Faithfulness is 0.80, 0.80 with production's version (40 cases); a drop of more than "
        "0.03 is ruled out."
    )


def test_the_figures_of_a_judge_are_complete():
    gate = decide([0.8] * 10 + [1.0] * 10, [0.8] * 20, rules(min_mean=0.75))
    found = gate.metrics[NAME]
    assert (found.n, found.outcome, found.margin, found.limit) == (20, "pass", 0.03, 0.75)
    assert (found.mean, found.baseline_mean, found.difference) == pytest.approx((0.9, 0.8, 0.1))
    # Differences 0 and 0.2, ten each: sd = 0.1 * sqrt(20 / 19) = 0.1026, t(0.97, 19) = 2.0000.
    assert found.sd == pytest.approx(0.1026, abs=1e-4)
    assert found.variance == pytest.approx(0.1026**2, abs=1e-4)
    assert found.lower == pytest.approx(0.1 - 2.0 * 0.1026 / 20**0.5, abs=1e-4)
    assert found.upper == pytest.approx(0.1 + 2.0 * 0.1026 / 20**0.5, abs=1e-4)


def test_a_drop_that_chance_does_not_explain_fails_even_at_the_first_look():
    gate = decide([0.6] * 20 + [0.8] * 20, [0.8] * 40, rules(may_repeat=True))
    assert gate.outcome is FAIL
    assert gate.again == ()
    assert gate.reasons[0] == (
        "Faithfulness fell from 0.80 to 0.70, more than chance explains: the drop is between "
        "0.07 and 0.13 (40 cases)."
    )


def test_every_score_equally_lower_fails_and_equally_higher_passes():
    assert decide([0.6] * 20, [0.8] * 20).outcome is FAIL
    assert decide([1.0] * 20, [0.8] * 20).outcome is PASS


def test_a_drop_within_the_margin_that_is_sure_passes_and_is_told():
    gate = decide([0.6] * 6 + [0.8] * 194, [0.8] * 200)
    assert gate.outcome is PASS
    assert gate.metrics[NAME].upper < 0
    assert gate.reasons[1].endswith("(200 cases): a little lower, within the 0.03 allowed.")


def test_what_cannot_be_told_asks_again_first_and_is_inconclusive_in_the_end():
    first = decide(EVEN_NEW, EVEN_OLD, rules(may_repeat=True))
    assert first.outcome is OPEN
    assert len(first.again) == 50
    last = decide(EVEN_NEW, EVEN_OLD, rules(look=2, may_repeat=True))
    assert last.outcome is OPEN
    assert last.again == ()
    assert last.reasons[0] == (
        "50 cases cannot tell whether faithfulness fell by more than the 0.03 allowed: it is 0.80, "
        "0.80 with production's version, and the true difference is between −0.055 and +0.055. "
        "About 340 cases would tell: add some, or let a reviewer decide."
    )


def test_without_leave_to_repeat_the_first_look_stays_open():
    gate = decide(EVEN_NEW, EVEN_OLD, rules(may_repeat=False))
    assert (gate.outcome, gate.again) == (OPEN, ())


def test_at_the_second_look_a_mean_below_the_margin_fails():
    noisy = [1.0, 0.6, 0.6, 0.8] * 10  # mean -0.05, sd 0.17, upper bound just above 0
    first, last = (decide(noisy, [0.8] * 40, rules(look=look)) for look in (1, 2))
    assert first.metrics[NAME].upper > 0
    assert (first.outcome, last.outcome) == (OPEN, FAIL)
    assert last.reasons[0] == (
        "Faithfulness fell from 0.80 to 0.75, more than the 0.03 allowed (40 cases)."
    )


def test_fewer_cases_than_needed_leave_it_open_even_with_a_clear_drop():
    gate = decide([0.2] * 19, [1.0] * 19, rules(may_repeat=True))
    assert (gate.outcome, gate.again) == (OPEN, ())
    assert gate.reasons[0].startswith("19 cases gave a result; 20 are needed")


def test_cases_of_one_source_count_as_one():
    ours, theirs = arm([0.8] * 60, cluster="the manual"), arm([0.8] * 60, cluster="the manual")
    gate = decide_all(ours, theirs, rules())
    assert gate.outcome is OPEN
    assert gate.metrics[NAME].n == 1
    assert gate.reasons[0] == (
        "Faithfulness scored 60 cases from 1 source; cases of one source count as one, and 20 "
        "are needed. Add cases from other sources."
    )


def test_sources_are_averaged_before_they_are_compared():
    # 40 sources; one of them has 100 cases, all a point lower: a mean of all cases would fall.
    many = [CaseOutcome(f"m-{n}", scores={NAME: 0.6}, cluster="manual") for n in range(100)]
    before = [CaseOutcome(f"m-{n}", scores={NAME: 0.8}, cluster="manual") for n in range(100)]
    gate = decide_all([*many, *arm([0.8] * 39)], [*before, *arm([0.8] * 39)], rules(margin=0.05))
    assert gate.outcome is PASS
    assert gate.metrics[NAME].n == 40
    assert gate.metrics[NAME].difference == pytest.approx(-0.2 / 40)


def test_a_judge_for_a_part_of_the_cases_says_what_to_add():
    scores = [0.8] * 12 + [NOT_FOR] * 38
    gate = decide(scores, scores, rules(needs=("reference",), may_repeat=True))
    assert (gate.outcome, gate.again) == (OPEN, ())
    assert gate.reasons[0] == (
        "Faithfulness could score 12 of 50 cases, since the others lack a reference answer; 20 "
        "are needed. Add it to more cases, or let this judge only advise."
    )
    enough = [0.8] * 20 + [NOT_FOR] * 30
    assert decide(enough, enough).outcome is PASS


def test_a_judge_with_nothing_to_score_is_no_pass():
    gate = decide([NOT_FOR] * 40, [NOT_FOR] * 40, rules(needs=("context",)))
    assert gate.outcome is OPEN
    assert gate.reasons[0].startswith("Faithfulness had nothing to score: no case has a context.")
    assert gate.metrics[NAME].mean is None


@pytest.mark.parametrize("lost", [3, 40])
def test_too_many_missing_scores_give_no_verdict(lost):
    gate = decide([LOST] * lost + [0.8] * (40 - lost), [0.8] * 40)
    assert gate.outcome is ERROR
    assert gate.reasons[0].startswith(f"{lost} of 40 cases gave no result, more than the 5 %")
    assert gate.reasons[1] == "case-000: Faithfulness: The judge's answer was no JSON. (candidate)"


def test_too_many_missing_scores_of_a_judge_for_few_cases_give_no_verdict_either():
    ours = [LOST] * 3 + [0.8] * 22 + [NOT_FOR] * 175
    gate = decide(ours, [0.8] * 25 + [NOT_FOR] * 175)
    assert gate.outcome is ERROR
    assert gate.reasons[0].startswith("Faithfulness gave no score on 3 of the 25 cases it is for")


@pytest.mark.parametrize(("n", "expected"), [(50, OPEN), (1000, PASS)])
def test_a_pass_must_hold_had_the_missing_score_been_the_worst(n, expected):
    gate = decide([LOST] + [0.8] * (n - 1), [0.8] * n)
    assert gate.outcome is expected
    if expected is OPEN:
        assert gate.reasons[0] == (
            "Faithfulness lacks scores on 1 case (case-000); had they been the worst, it would "
            "have fallen too far. A reviewer can read them and decide; or add cases and submit "
            "again."
        )


def test_a_score_outside_of_the_scale_is_a_missing_one():
    assert decide([1.2] * 2 + [0.8] * 48, [0.8] * 50).outcome is OPEN
    assert decide([float("nan")] * 3 + [0.8] * 37, [0.8] * 40).outcome is ERROR


def test_the_unit_scale_has_its_own_worst():
    unit = {"worst": 0.0, "best": 1.0}
    assert decide([0.0] * 20, [0.0] * 20, rules(**unit)).outcome is PASS
    assert decide([0.0] * 20, [0.0] * 20).outcome is ERROR  # no score of the scale of fifths
    # 70 cases bear one score that is 0.6 too low, but not one that is 0.8 too low.
    assert decide([LOST] + [0.8] * 69, [0.8] * 70).outcome is PASS
    assert decide([LOST] + [0.8] * 69, [0.8] * 70, rules(**unit)).outcome is OPEN


def test_an_advisory_judge_never_decides_and_is_told():
    gate = decide([0.6] * 40, [0.8] * 40, rules(gating=False))
    assert gate.outcome is OPEN  # nothing else looked at the answers
    assert "No rule looked at the answers" in gate.reasons[0]
    kept = Result("a", "a rule", Outcome.PASS, "Kept.", Severity.BLOCKER)
    ours, theirs = (arm([score] * 40, results=(kept,)) for score in (0.6, 0.8))
    gate = decide_all(ours, theirs, rules(gating=False, min_mean=0.75))
    assert gate.outcome is PASS
    assert gate.reasons[1] == (
        "Faithfulness is 0.60, 0.80 with production's version (40 cases). It only advises; it "
        "would say fail."
    )
    lost = arm([LOST] * 40, results=(kept,))
    gate = decide_all(lost, lost, rules(gating=False))
    assert gate.outcome is PASS
    assert gate.reasons[1] == "Faithfulness gave no scores. It only advises."


def test_every_gating_judge_must_pass():
    both = GateRules(judges=(JudgeRule("a"), JudgeRule("b")), anchor_margin=None)

    def cases(a, b):
        return [CaseOutcome(str(n), scores={"a": a, "b": b}) for n in range(40)]

    assert decide_all(cases(0.8, 0.8), cases(0.8, 0.8), both).outcome is PASS
    gate = decide_all(cases(1.0, 0.6), cases(0.8, 0.8), both)
    assert gate.outcome is FAIL
    assert gate.reasons[0].startswith("B fell from 0.80 to 0.60")
    assert gate.reasons[1].startswith("A is 1.00, 0.80 with production's version")


@pytest.mark.parametrize(("score", "expected"), [(0.6, FAIL), (0.8, PASS)])
def test_the_first_version_is_held_to_its_minimum_alone(score, expected):
    gate = decide([score] * 40, None, rules(min_mean=0.75))
    assert gate.outcome is expected
    said = {
        FAIL: "Faithfulness is 0.60 over 40 cases; at least 0.75 is required.",
        PASS: "Every rule holds as often as it must on 40 cases, and faithfulness reaches its "
        "minimum.",
    }
    assert gate.reasons[0] == said[expected]
    assert gate.metrics[NAME].difference is None


def test_a_first_version_without_a_minimum_says_that_nothing_was_decided():
    gate = decide([0.2] * 40, None)
    assert gate.outcome is OPEN
    assert gate.reasons[0] == (
        "No rule looked at the answers, and no judge has a minimum to decide by. Set a minimum "
        "for one, or add checks."
    )
    assert "Faithfulness is 0.20 (40 cases). No minimum is set for it" in gate.reasons[1]
    assert gate.metrics[NAME].outcome == ""


def test_a_minimum_holds_against_production_too_and_exactly_it_is_enough():
    assert decide([0.6] * 40, [0.6] * 40, rules(min_mean=0.75)).outcome is FAIL
    assert decide([0.6, 0.9] * 20, [0.6] * 40, rules(min_mean=0.75)).outcome is PASS


def test_a_minimum_reached_only_without_the_missing_scores_is_open():
    gate = decide([LOST, *[0.76] * 39], None, rules(min_mean=0.75))
    assert gate.outcome is OPEN
    assert gate.reasons[0].startswith("Faithfulness lacks scores on 1 case (case-000); had they")


def test_the_best_earlier_version_stops_many_small_steps_down():
    bar = rules(anchor_margin=0.05)
    close = decide([0.8] * 40, [0.8] * 40, bar, anchor=[0.8] * 38 + [1.0] * 2)
    assert close.outcome is PASS
    assert close.metrics[f"{NAME}:anchor"].margin == 0.05
    far = decide([0.8] * 40, [0.8] * 40, bar, anchor=[0.8] * 20 + [1.0] * 20)
    assert far.outcome is FAIL
    assert far.reasons[0].startswith(
        "Faithfulness is more than the 0.05 allowed below the best earlier version of this line: "
        "0.80, that one had 0.90"
    )
    assert far.metrics[NAME].outcome == "fail"


def test_surely_lower_than_the_best_earlier_version_but_not_by_much_is_no_fail():
    # Mean -0.04, surely below 0, and perhaps below -0.05.
    anchor = [1.0] * 8 + [0.8] * 32
    gate = decide([0.8] * 40, [0.8] * 40, rules(anchor_margin=0.05, look=2), anchor=anchor)
    assert gate.metrics[f"{NAME}:anchor"].upper < 0
    assert gate.outcome is OPEN


def test_without_an_earlier_version_the_gate_says_so():
    gate = decide([0.8] * 40, [0.8] * 40, rules(anchor_margin=0.05))
    assert gate.outcome is PASS
    assert gate.reasons[-1].startswith("No earlier version of this line has scores")
    few = decide([0.8] * 40, [0.8] * 40, rules(anchor_margin=0.05), anchor=[1.0] * 10)
    assert few.outcome is PASS
    assert few.reasons[-1].startswith("The best earlier version has too few scores of faithfulness")


def test_the_names_of_the_gates_own_metrics_are_known():
    scored = arm([0.8] * 40, latency_ms=300.0, cost=0.01)
    gate = decide_all(scored, scored, rules())
    assert set(gate.metrics) == METRIC_NAMES | {NAME}


SCORES = st.sampled_from([0.2, 0.4, 0.6, 0.8, 1.0])
ROWS = st.lists(
    st.tuples(
        st.sampled_from([0.2, 0.6, 0.8, 1.0, LOST, NO_ANSWER]),
        st.sampled_from([0.2, 0.6, 0.8, 1.0, LOST, NO_ANSWER]),
        st.sampled_from(["", "", "a", "b"]),
    ),
    min_size=3,
    max_size=16,
)
LOOSE = {"min_cases": 2, "max_error_share": 1.0, "margin": 0.2, "min_mean": 0.5}


def _both(rows):
    ours = [outcome(n, a, cluster=c) for n, (a, _, c) in enumerate(rows)]
    theirs = [outcome(n, b, cluster=c) for n, (_, b, c) in enumerate(rows)]
    return ours, theirs


@given(ROWS, st.randoms())
def test_the_order_of_cases_never_matters(rows, chance):
    ours, theirs = _both(rows)
    before = decide_all(ours, theirs, rules(**LOOSE))
    chance.shuffle(ours)
    chance.shuffle(theirs)
    after = decide_all(ours, theirs, rules(**LOOSE))
    assert (after.outcome, after.metrics) == (before.outcome, before.metrics)


@settings(max_examples=300)
@given(ROWS, st.data(), st.sampled_from([1, 2]))
def test_a_worse_score_of_the_candidate_never_makes_it_pass(rows, data, look):
    at = data.draw(st.integers(0, len(rows) - 1))
    score = rows[at][0]
    worse = data.draw(SCORES) if isinstance(score, float) else score
    if isinstance(score, float):
        worse = min(worse, score)
    lower = [(worse if n == at else a, b, c) for n, (a, b, c) in enumerate(rows)]
    better, poorer = (
        decide_all(*_both(one), rules(**LOOSE, look=look)).outcome for one in (rows, lower)
    )
    assert better is PASS or poorer is not PASS


@settings(max_examples=300)
@given(ROWS, st.sampled_from([1, 2]))
def test_missing_scores_never_help(rows, look):
    def put(score, extreme):
        return score if isinstance(score, float) else extreme

    worst = [(put(a, 0.2), put(b, 1.0), c) for a, b, c in rows]
    with_gaps, filled = (
        decide_all(*_both(one), rules(**LOOSE, look=look)).outcome for one in (rows, worst)
    )
    assert with_gaps is not PASS or filled is PASS


@given(ROWS, st.booleans())
def test_more_answers_are_only_asked_for_where_there_is_no_pass_yet(rows, repeat):
    gate = decide_all(*_both(rows), rules(**LOOSE, may_repeat=repeat))
    assert not gate.again or (repeat and gate.outcome in (OPEN, FAIL))


def test_each_first_reason_is_one_sentence_about_what_decided():
    for gate in (
        decide([0.6] * 40, [0.8] * 40),
        decide(EVEN_NEW, EVEN_OLD),
        decide([0.8] * 40, [0.8] * 40),
        decide([LOST] * 40, [0.8] * 40),
    ):
        assert re.fullmatch(r"[A-Z0-9].{20,}\.", gate.reasons[0])
