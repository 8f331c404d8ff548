"""The gate's verdicts, worked out by hand on small sets of cases."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.checks import Outcome, Result, Severity
from evaluation.domain.gate import CaseOutcome, GateOutcome, GateRules, decide

PASS, FAIL, ERROR, SKIPPED = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.SKIPPED
LABEL = "mentions the order"


def rule(outcome, *, check="order", severity=Severity.BLOCKER, **fields):
    reason = f"The order was looked for: {outcome}."
    return Result(check, LABEL, outcome, reason, severity, **fields)


def case(number, *results, **fields):
    return CaseOutcome(f"case-{number:02}", results, **fields)


def arm(outcomes, **fields):
    """One case for each outcome; None means that the call gave no answer."""
    return [
        case(n, error="The provider did not answer.")
        if outcome is None
        else case(n, rule(outcome), **fields)
        for n, outcome in enumerate(outcomes, 1)
    ]


def verdict(candidate, baseline, **rules):
    return decide(arm(candidate), arm(baseline), GateRules(**rules))


def test_two_cases_that_passed_and_now_fail_block_and_come_first():
    gate = verdict([FAIL, FAIL, *[PASS] * 38], [PASS] * 40)
    assert gate.outcome is GateOutcome.FAIL
    assert gate.reasons[0] == "2 of 40 cases that passed in production's version now fail."
    assert gate.reasons[1] == "case-01: The order was looked for: fail."
    assert [flip.case for flip in gate.newly_failing] == ["case-01", "case-02"]


def test_a_case_that_failed_before_does_not_block_and_one_that_got_better_is_told():
    gate = verdict([FAIL, PASS, *[PASS] * 38], [FAIL, FAIL, *[PASS] * 38])
    assert gate.outcome is GateOutcome.PASS
    assert gate.reasons[0] == "All 38 cases that passed in production's version still pass."
    assert "1 case got better." in gate.reasons
    assert "1 case failed before and still fails." in gate.reasons
    assert gate.still_failing == ("case-01",)
    assert gate.metrics["pass_rate"].mean == 39 / 40
    assert gate.metrics["pass_rate"].baseline_mean == 38 / 40


def test_where_no_case_is_right_in_either_version_nothing_is_shown():
    gate = verdict([FAIL] * 40, [FAIL] * 40)
    assert gate.outcome is GateOutcome.INCONCLUSIVE
    assert gate.reasons[0].startswith("None of 40 cases keeps every rule, in this version or in")
    better = verdict([PASS, *[FAIL] * 39], [FAIL] * 40)
    assert better.outcome is GateOutcome.PASS
    assert better.reasons[0] == "No case passed in production's version, and none got worse."


def test_a_case_already_wrong_that_breaks_another_rule_blocks_too():
    before = [case(1, rule(FAIL), rule(PASS, check="b")), *arm([PASS] * 40)[1:]]
    now = [case(1, rule(FAIL), rule(FAIL, check="b")), *arm([PASS] * 40)[1:]]
    gate = decide(now, before)
    assert gate.outcome is GateOutcome.FAIL
    assert gate.reasons[0] == (
        "1 case already wrong in production's version now breaks another rule."
    )


def test_a_rule_that_only_warns_is_told_and_blocks_nothing():
    quiet = rule(PASS, check="tone", severity=Severity.WARNING)
    loud = rule(FAIL, check="tone", severity=Severity.WARNING)
    before = [case(n, rule(PASS), quiet) for n in range(20)]
    now = [case(n, rule(PASS), loud if n == 3 else quiet) for n in range(20)]
    gate = decide(now, before)
    assert gate.outcome is GateOutcome.PASS
    assert "1 case newly breaks a rule that only warns: case-03." in gate.reasons


@pytest.mark.parametrize(
    ("errors", "outcome"), [(2, GateOutcome.INCONCLUSIVE), (3, GateOutcome.ERROR)]
)
def test_above_five_per_cent_without_a_result_there_is_no_verdict(errors, outcome):
    gate = verdict([None] * errors + [PASS] * (40 - errors), [PASS] * 40)
    assert gate.outcome is outcome
    assert len(gate.without_result) == errors
    assert gate.metrics["pass_rate"].n == 40 - errors
    assert f"{errors} " in gate.reasons[0]


def test_the_reason_of_no_verdict_says_what_went_wrong_and_where():
    gate = verdict([PASS] * 40, [None] * 3 + [PASS] * 37)
    assert gate.reasons[0] == (
        "3 of 40 cases gave no result, more than the 5 % allowed, so there is no verdict. "
        "Run it again."
    )
    assert gate.reasons[1] == ("case-01: The provider did not answer. (production's version)")


def test_too_many_errors_give_no_verdict_even_beside_a_failing_case():
    gate = verdict([None] * 3 + [FAIL] + [PASS] * 36, [PASS] * 40)
    assert gate.outcome is GateOutcome.ERROR


def test_a_failing_case_blocks_even_beside_one_without_a_result():
    gate = verdict([None, FAIL, *[PASS] * 38], [PASS] * 40)
    assert gate.outcome is GateOutcome.FAIL


@pytest.mark.parametrize(
    ("candidate", "baseline", "outcome"),
    [
        (None, PASS, GateOutcome.INCONCLUSIVE),  # might be newly failing
        (None, FAIL, GateOutcome.PASS),  # was wrong already, cannot be newly failing
        (PASS, None, GateOutcome.PASS),  # is right, whatever production's would have been
        (FAIL, None, GateOutcome.INCONCLUSIVE),  # newly failing if production's was right
        (None, None, GateOutcome.INCONCLUSIVE),
        (ERROR, PASS, GateOutcome.INCONCLUSIVE),
        (PASS, ERROR, GateOutcome.PASS),
    ],
)
def test_a_pass_must_hold_even_if_what_is_missing_had_been_the_worst(candidate, baseline, outcome):
    gate = verdict([candidate, *[PASS] * 39], [baseline, *[PASS] * 39])
    assert gate.outcome is outcome
    assert gate.without_result == ("case-01",)


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from([PASS, FAIL, ERROR, None]), st.sampled_from([PASS, FAIL, ERROR, None])
    ),
    min_size=1,
    max_size=12,
)


@given(ANSWERS)
def test_no_missing_result_can_turn_a_pass_into_something_else(answers):
    rules = GateRules(min_cases=1, max_error_share=1.0)
    now, before = zip(*answers, strict=True)
    worst = [FAIL if o in (ERROR, None) else o for o in now]
    best = [PASS if o in (ERROR, None) else o for o in before]
    passes = decide(arm(now), arm(before), rules).outcome is GateOutcome.PASS
    assert passes <= (decide(arm(worst), arm(best), rules).outcome is GateOutcome.PASS)


def test_a_case_that_one_version_was_never_run_on_counts_as_missing():
    gate = decide(arm([PASS] * 39), arm([PASS] * 40))
    assert gate.outcome is GateOutcome.INCONCLUSIVE
    assert gate.reasons[0] == (
        "1 case of 40 gave no result and could be newly failing: case-40. "
        "A reviewer can read them and decide; or add cases and submit again."
    )


def test_fewer_than_the_least_number_of_cases_leave_it_open():
    gate = verdict([PASS] * 19, [PASS] * 19)
    assert gate.outcome is GateOutcome.INCONCLUSIVE
    assert gate.reasons[0] == (
        "19 cases gave a result; 20 are needed for a verdict. Add cases to the golden dataset."
    )
    assert verdict([PASS] * 20, [PASS] * 20).outcome is GateOutcome.PASS
    assert verdict([PASS] * 5, [PASS] * 5, min_cases=5).outcome is GateOutcome.PASS


def test_even_few_cases_can_block():
    assert verdict([FAIL, PASS], [PASS, PASS]).outcome is GateOutcome.FAIL


def test_without_cases_or_rules_nothing_passes():
    assert decide([], []).outcome is GateOutcome.INCONCLUSIVE
    assert decide([], None).outcome is GateOutcome.INCONCLUSIVE
    only_builtin = [case(n, rule(PASS, builtin=True)) for n in range(40)]
    gate = decide(only_builtin, only_builtin)
    assert gate.outcome is GateOutcome.INCONCLUSIVE
    assert "No rule looked at the answers" in gate.reasons[0]
    skipped = [case(n, rule(SKIPPED)) for n in range(40)]
    assert decide(skipped, skipped).outcome is GateOutcome.INCONCLUSIVE


def test_without_a_version_in_production_each_rule_must_hold_everywhere():
    assert decide(arm([PASS] * 20), None).outcome is GateOutcome.PASS
    gate = decide(arm([FAIL, *[PASS] * 39]), None)
    assert gate.outcome is GateOutcome.FAIL
    assert gate.reasons[0] == (
        "mentions the order: right in 39 of 40 cases (97.5 %), 100 % is required. Wrong: case-01."
    )


@pytest.mark.parametrize(
    ("wrong", "missing", "outcome"),
    [
        (4, 0, GateOutcome.PASS),
        (5, 0, GateOutcome.FAIL),
        (3, 1, GateOutcome.PASS),
        (4, 1, GateOutcome.INCONCLUSIVE),
        (5, 1, GateOutcome.FAIL),
    ],
)
def test_a_pass_rate_counts_what_is_missing_as_wrong_to_pass_and_as_right_to_fail(
    wrong, missing, outcome
):
    outcomes = [FAIL] * wrong + [None] * missing + [PASS] * (40 - wrong - missing)
    assert decide(arm(outcomes), None, GateRules(min_pass_rate=0.9)).outcome is outcome


def test_a_check_with_its_own_pass_rate_is_held_to_it_against_production_too():
    def half(outcomes):
        return [case(n, rule(o, min_pass_rate=0.5)) for n, o in enumerate(outcomes)]

    low, enough = [FAIL] * 11 + [PASS] * 9, [FAIL] * 10 + [PASS] * 10
    assert decide(half(low), half(low)).outcome is GateOutcome.FAIL
    assert decide(half(enough), half(enough)).outcome is GateOutcome.PASS
    assert decide(half(enough), None).outcome is GateOutcome.PASS


@pytest.mark.parametrize(
    ("factor", "cases", "outcome"),
    [
        (1.3, 40, GateOutcome.FAIL),
        (1.19, 40, GateOutcome.PASS),
        (1.3, 20, GateOutcome.FAIL),
        (0.5, 40, GateOutcome.PASS),
    ],
)
def test_answers_that_take_much_longer_block(factor, cases, outcome):
    gate = decide(arm([PASS] * cases, latency_ms=500 * factor), arm([PASS] * cases, latency_ms=500))
    assert gate.outcome is outcome
    assert gate.metrics["latency_ratio"].mean == pytest.approx(factor)


def test_latency_is_the_geometric_mean_so_one_slow_answer_does_not_block():
    before = arm([PASS] * 20, latency_ms=500)
    now = [*arm([PASS] * 19, latency_ms=500), case(20, rule(PASS), latency_ms=5_000)]
    gate = decide(now, before)
    assert gate.outcome is GateOutcome.PASS
    assert gate.metrics["latency_ratio"].mean == pytest.approx(10 ** (1 / 20))


def test_latency_of_fewer_than_twenty_cases_is_told_and_does_not_count():
    before = arm([PASS] * 40, latency_ms=500)
    now = [*arm([PASS] * 19, latency_ms=5_000), *arm([PASS] * 40)[19:]]
    gate = decide(now, before)
    assert gate.outcome is GateOutcome.PASS
    assert (
        "Latency could be compared on 19 cases; 20 are needed, so it did not count." in gate.reasons
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome"),
    [
        (0.0112, 0.01, GateOutcome.FAIL),
        (0.0109, 0.01, GateOutcome.PASS),
        (0.01, 0.0, GateOutcome.FAIL),
        (0.0, 0.0, GateOutcome.PASS),
        (None, 0.01, GateOutcome.PASS),
        (0.01, None, GateOutcome.PASS),
    ],
)
def test_dearer_answers_block_and_an_unknown_price_is_never_zero(ours, theirs, outcome):
    gate = decide(arm([PASS] * 20, cost=ours), arm([PASS] * 20, cost=theirs))
    assert gate.outcome is outcome
    unknown = "The cost is not known for every answer, so it was not compared."
    assert (unknown in gate.reasons) is (ours is None or theirs is None)
    assert ("cost_ratio" in gate.metrics) is (ours is not None and theirs is not None)


def test_a_patch_is_judged_by_its_rules_alone():
    rules = GateRules(max_latency_ratio=None, max_cost_ratio=None)
    gate = decide(
        arm([PASS] * 20, latency_ms=900, cost=9.0), arm([PASS] * 20, latency_ms=1, cost=1.0), rules
    )
    assert gate.outcome is GateOutcome.PASS
    assert len(gate.reasons) == 1


def test_the_metrics_can_be_stored():
    gate = decide(arm([PASS] * 20, latency_ms=600), arm([PASS] * 20, latency_ms=500))
    stored = gate.as_metrics()
    assert (stored["latency_ms"]["mean"], stored["latency_ms"]["baseline_mean"]) == (600.0, 500.0)
    assert math.isclose(stored["latency_ratio"]["mean"], 1.2)
    assert stored["latency_ratio"]["limit"] == 1.2
    assert json.loads(json.dumps(stored)) == stored
