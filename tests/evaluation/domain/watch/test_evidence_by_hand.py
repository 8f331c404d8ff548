"""The formulas under the watcher, each against figures worked out by hand."""

import math

import pytest

from evaluation.domain.watch import means, rates
from evaluation.domain.watch.figures import ArmFigures, Ratio, Stratum, Sums
from evaluation.domain.watch.guardrails import ERROR, Guardrail, Kind, Unit, cost, quality
from evaluation.domain.watch.metric import levels, weigh, weigh_pairs
from evaluation.domain.watch.normal import (
    ln_e,
    ln_e_two_sided,
    ln_phi,
    over_restarts,
    z_needed,
)
from evaluation.domain.watch.pairs import Pair, design_effect, whole
from evaluation.domain.watch.ratio import ln_e_ratio, sample_ratio
from tests.evaluation.domain.watch.arms import arm, sums

FAITH = quality("faithfulness")


def test_evidence_of_two_standard_errors():
    # tau = error, so r = 1 and c = 1/2; z = 2:
    # ln 2 - ln(2)/2 + 4 * 0.5 / 2 + ln Phi(2 * sqrt(0.5)) = 0.34657 + 1 + ln 0.921350 = 1.26466
    assert ln_e(2, 0.05, 0.05) == pytest.approx(1.26466, abs=1e-5)
    # Two-sided: -ln(2)/2 + 4 * 0.5 / 2 = 0.65343, whichever way.
    assert ln_e_two_sided(2, 0.05, 0.05) == pytest.approx(0.65343, abs=1e-5)
    assert ln_e_two_sided(-2, 0.05, 0.05) == pytest.approx(0.65343, abs=1e-5)
    # No harm at all: ln 2 - ln(2)/2 + ln(1/2) = -0.34657, evidence against harm.
    assert ln_e(0, 0.05, 0.05) == pytest.approx(-0.34657, abs=1e-5)


@pytest.mark.parametrize(
    ("x", "printed"), [(0, -0.693147), (-8, -35.01344), (-10, -53.23129), (-40, -804.60844)]
)
def test_the_tail_of_the_normal_is_that_of_the_tables(x, printed):
    assert ln_phi(x) == pytest.approx(printed, abs=1e-3)


def test_the_bound_is_where_the_evidence_would_just_do():
    z = z_needed(math.log(100), 0.02, 0.05)
    assert ln_e(z, 0.02, 0.05) == pytest.approx(math.log(100), abs=1e-6)


def test_a_mean_takes_the_larger_variance_for_both_arms():
    pair = Pair(sums(100, 0.8, 0.2), sums(25, 0.7, 0.1), 1.0)
    # harm 0.1 - tolerance 0.01 = 0.09; variance max(0.01, 0.04, 0.05^2) = 0.04;
    # error^2 = 0.04 * (1/25 + 1/100) = 0.002, so z = 0.09 / 0.044721 = 2.01246.
    found = means.mean_of(FAITH, [pair], means.Bar(0.01, 0))
    assert found is not None
    assert found.beyond == pytest.approx(0.09)
    assert found.z == pytest.approx(2.01246, abs=1e-5)
    assert means.evidence(FAITH, [pair]) == pytest.approx(ln_e(found.z, found.error, 0.05))


def test_a_tolerated_share_is_of_control_and_widens_its_part_of_the_error():
    pair = Pair(sums(100, 1000, 300), sums(25, 1200, 100), 1.0)
    # harm 200 - 10 % of 1000 = 100; variance (1.1 * 300)^2 = 108,900;
    # error^2 = 108,900 * 0.05 = 5445; z = 100 / 73.790 = 1.35519; tau = 0.2 * 1000.
    found = means.mean_of(cost(), [pair], means.tolerance_of(cost()))
    assert found is not None
    assert found.z == pytest.approx(1.35519, abs=1e-5)
    assert means.tau_of(cost(), found) == pytest.approx(200)


def test_segments_are_weighed_by_what_they_can_tell():
    # Errors^2: 0.04 * (1/40 + 1/40) = 0.002 and 0.04 * (1/20 + 1/20) = 0.004, so weights 2 : 1;
    # harms 0.06 and 0.12 give (2 * 0.06 + 0.12) / 3 = 0.08, with an error of sqrt(0.004 / 3).
    pairs = [
        Pair(sums(40, 0.8, 0.2), sums(40, 0.74, 0.2), 1.0),
        Pair(sums(20, 0.6, 0.2), sums(20, 0.48, 0.2), 1.0),
    ]
    found = means.mean_of(FAITH, pairs, means.Bar(0, 0))
    assert found is not None
    assert found.beyond == pytest.approx(0.08)
    assert found.error == pytest.approx(math.sqrt(0.004 / 3))


def test_nineteen_values_say_nothing_about_a_mean():
    few = Pair(sums(1000, 0.8, 0.2), sums(19, 0.0), 1.0)
    enough = Pair(sums(1000, 0.8, 0.2), sums(20, 0.0), 1.0)
    assert means.evidence(FAITH, [few]) == 0
    assert means.evidence(FAITH, [enough]) > 20


def test_given_three_errors_in_which_arm_were_they():
    # Equal arms, all three errors in the treatment: each R gives (2 R / (R + 1))^3, that is
    # 1.44460, 1.99685, 2.91545, 4.09600, 5.61866, 6.91070, 7.61293: their mean is 4.37074.
    pairs = [Pair(Sums(100, 0), Sums(100, 3), 1.0)]
    assert math.exp(rates.ln_e_ratio(pairs, 1.0)) == pytest.approx(4.37074, abs=1e-5)
    # Errors that come in threes are one: 2 R / (R + 1) is 1.13043, 1.25926, 1.42857, 1.60000,
    # 1.77778, 1.90476, 1.96721: their mean is 1.58114.
    repeated = [Pair(Sums(100, 0), Sums(100, 3), 3.0)]
    assert math.exp(rates.ln_e_ratio(repeated, 1.0)) == pytest.approx(1.58114, abs=1e-5)


def test_a_difference_within_the_tolerance_is_no_evidence_however_sure():
    surely_twice = [Pair(Sums(10**7, 10_000), Sums(10**7, 20_000), 1.0)]  # 0.1 % and 0.2 %
    assert rates.ln_e_ratio(surely_twice, ERROR.ratio) > 1000
    assert rates.evidence(ERROR, surely_twice) == 0
    surely_more = [Pair(Sums(10**7, 10_000), Sums(10**7, 70_000), 1.0)]
    assert rates.evidence(ERROR, surely_more) > 1000


def test_rates_of_segments_with_other_shares_do_not_mix():
    # 1 of 100 in both arms, then 9 of 90 in both, but at other shares: pooled, the treatment
    # would have 10 / 190 and control 19 / 280.
    pairs = [
        Pair(Sums(100, 1), Sums(100, 1), 1.0),
        Pair(Sums(180, 18), Sums(90, 9), 1.0),
    ]
    control, treatment = rates.rates(pairs)
    assert control == pytest.approx(treatment)


def test_repeats_of_a_unit_inflate_the_variance():
    # Two groups of two calls, all errors in one: mean 1/2, between groups
    # 2/1 * ((2 - 1)^2 + (0 - 1)^2) / 4^2 = 1/4, alone (1/4) / 4 = 1/16: four times as much.
    one_unit = ArmFigures(Sums(4, 2), {0: (2, 2.0), 1: (2, 0.0)})
    assert design_effect(one_unit, Kind.RATE) == pytest.approx(4)
    even = ArmFigures(Sums(4, 2), {0: (2, 1.0), 1: (2, 1.0)})
    assert design_effect(even, Kind.RATE) == 1
    alone = ArmFigures(Sums(4, 2), {0: (4, 2.0)})
    assert design_effect(alone, Kind.RATE) is None


def test_one_group_of_units_decides_nothing():
    told = arm(1000, 0.8, 0.2)
    one_user = ArmFigures(sums(1000, 0.1, 0.1), {3: (1000, 100.0)})
    level = levels([FAITH], 0.01, 0.05, 0)["score:faithfulness"]
    assert weigh(FAITH, [Stratum(50, told, one_user)], level).answer.says == "undecided"
    many = Stratum(50, told, arm(1000, 0.1, 0.1))
    assert weigh(FAITH, [many], level).answer.says == "fail"


def test_restarts_share_half_of_the_evidence():
    # (4 + (10 + 1 + 1) / 3) / 2 = 4: one of three restarts has begun, the others count 1.
    assert math.exp(over_restarts(math.log(4), [math.log(10)], 3)) == pytest.approx(4)
    assert over_restarts(1.5, [], 0) == 1.5


def test_harm_that_begins_late_is_found_since_the_restart():
    fine, bad = sums(5000, 0.8, 0.2), sums(400, 0.7, 0.2)
    control = arm(90_000, 0.8, 0.2, late=(sums(7600, 0.8, 0.2),))
    treated = ArmFigures(fine + bad, arm(5400, (fine + bad).mean).shards, (bad,))
    level = levels([FAITH], 0.01, 0.05, 5)["score:faithfulness"]
    late = weigh(FAITH, [Stratum(5, control, treated)], level)
    assert late.answer.says == "fail"
    assert late.recent is not None
    assert (late.recent.n_treatment, late.recent.harm) == (400, pytest.approx(0.1))
    pairs, _ = whole([Stratum(5, control, treated)], Kind.MEAN)
    assert weigh_pairs(FAITH, pairs, [], level).answer.says == "pass"


def test_alpha_is_split_by_weight_and_a_pass_is_each_ones():
    # Weights 3 and 1 of 4: 0.01 * 3/4 and 0.01 / 4.
    other = quality("tone", weight=1)
    level = levels([FAITH, other], 0.01, 0.05, 0)
    assert level["score:faithfulness"].to_fail == pytest.approx(math.log(1 / 0.0075))
    assert level["score:tone"].to_fail == pytest.approx(math.log(400))
    assert level["score:tone"].to_pass == pytest.approx(math.log(20))


def test_the_share_of_calls_by_hand():
    # p = 1/2: prior B(100, 100); both of two calls in the treatment:
    # B(102, 100) / B(100, 100) * 4 = (100 * 101) / (200 * 201) * 4 = 1.00498.
    assert math.exp(ln_e_ratio(2, 2, 0.5)) == pytest.approx(1.00498, abs=1e-5)


def test_the_share_of_calls_counts_units_that_come_back_once():
    # 5 % wanted, 10 % seen, each of 64 groups with 100 calls: sure if calls are drawn one by
    # one, but not if single units with all their calls make up the difference.
    drawn = Ratio(5, dict.fromkeys(range(64), (100, 10)))
    assert sample_ratio(drawn).is_off
    heavy = dict.fromkeys(range(63), (40, 2)) | {63: (3880, 430)}
    assert not sample_ratio(Ratio(5, heavy)).is_off
    assert sample_ratio(Ratio(5, heavy)).share == pytest.approx(100 * 556 / 6400)


@pytest.mark.parametrize(
    ("shards", "why"),
    [
        (dict.fromkeys(range(24), (2, 2)), "48 calls"),
        ({j: (100, 50 if j < 19 else 0) for j in range(64)}, "19 groups in the treatment"),
        (dict.fromkeys(range(19), (1000, 0)), "19 groups in all"),
        ({}, "none"),
    ],
)
def test_too_little_says_nothing_about_the_share(shards, why):
    assert sample_ratio(Ratio(5, shards)).evidence == 0, why


def test_a_silent_treatment_is_a_lost_one_after_a_few_hundred_calls():
    assert not sample_ratio(Ratio(5, dict.fromkeys(range(64), (2, 0)))).is_off
    assert sample_ratio(Ratio(5, dict.fromkeys(range(64), (6, 0)))).is_off


def test_a_custom_metric_without_floor_or_variance_divides_by_nothing():
    bare = Guardrail("custom", Kind.MEAN, Unit.SCORE, 1, 1, tolerance=0, margin=0.1)
    same = [Pair(sums(50, 0.5), sums(50, 0.5), 1.0)]
    level = levels([bare], 0.01, 0.05, 0)["custom"]
    assert weigh_pairs(bare, same, [], level).answer.says == "pass"
    free = [Pair(sums(500, 0.0), sums(500, 0.0), 1.0)]
    assert weigh_pairs(cost(), free, [], levels([cost()], 0.01, 0.05, 0)["tokens"]).answer.says == (
        "pass"
    )
    no_longer = [Pair(sums(500, 0.0), sums(500, 3.0), 1.0)]
    assert weigh_pairs(
        cost(), no_longer, [], levels([cost()], 0.01, 0.05, 0)["tokens"]
    ).answer.says == ("fail")
