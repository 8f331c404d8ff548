"""The arithmetic under the gate: Student's t, bounds of differences, cases and drops."""

from math import inf, isclose, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.gate.budgets import p95
from evaluation.domain.gate.paired import estimate
from evaluation.domain.gate.student import t_quantile
from evaluation.domain.gate.words import bound, figure
from evaluation.domain.power import cases_needed, detectable_drop, prior_sd

FIFTHS = st.sampled_from([0.2, 0.4, 0.6, 0.8, 1.0])
DIFFERENCES = st.lists(
    st.tuples(FIFTHS, FIFTHS).map(lambda two: two[0] - two[1]), min_size=2, max_size=30
)


@pytest.mark.parametrize(
    ("share", "freedom", "printed"),
    [  # from the tables at the end of any textbook
        (0.95, 1, 6.314),
        (0.975, 2, 4.303),
        (0.95, 3, 2.353),
        (0.95, 10, 1.812),
        (0.975, 10, 2.228),
        (0.95, 19, 1.729),
        (0.99, 30, 2.457),
        (0.975, 60, 2.000),
        (0.95, 120, 1.658),
        (0.95, 10_000, 1.645),
    ],
)
def test_the_quantiles_of_t_are_those_of_the_tables(share, freedom, printed):
    assert t_quantile(share, freedom) == pytest.approx(printed, abs=1.1e-3)


def test_the_quantile_at_the_least_number_of_cases_is_exact_to_a_millionth():
    # By halving on the closed form of the distribution with 19 and 49 degrees of freedom.
    assert t_quantile(0.97, 19) == pytest.approx(2.000017, abs=1e-6)
    assert t_quantile(0.97, 49) == pytest.approx(1.925348, abs=1e-6)
    with pytest.raises(ValueError, match="two values"):
        t_quantile(0.97, 0)


def test_bounds_by_hand():
    # Mean 0.02, squared deviations 0.0484 + 3 * 0.0064 + 0.0004 = 0.068; sd = sqrt(0.068 / 4).
    found = estimate([-0.2, 0.1, 0.1, 0.1, 0.0], alpha=0.05)
    assert found.n == 5
    assert found.mean == pytest.approx(0.02)
    assert found.sd == pytest.approx(0.1304, abs=1e-4)
    # t(0.95, 4) = 2.132, so the mean can be 2.132 * 0.1304 / sqrt(5) = 0.1243 away.
    assert found.upper == pytest.approx(0.02 + 0.1243, abs=1e-3)
    assert found.lower == pytest.approx(0.02 - 0.1243, abs=1e-3)


def test_equal_differences_have_no_width_and_one_has_no_bounds():
    same = estimate([0.2] * 20, alpha=0.03)
    assert (same.sd, same.lower, same.upper) == pytest.approx((0, 0.2, 0.2))
    one = estimate([0.2], alpha=0.03)
    assert (one.n, one.mean, one.sd, one.lower) == (1, 0.2, None, None)
    assert estimate([], alpha=0.03).mean is None


def test_one_case_that_got_much_better_does_not_widen_the_interval_downwards():
    found = estimate([0.0] * 19 + [0.8], alpha=0.03)
    assert found.lower == pytest.approx(0)
    assert found.upper > 0.1


@given(DIFFERENCES, st.randoms())
def test_the_order_of_cases_never_matters(values, chance):
    mixed = list(values)
    chance.shuffle(mixed)
    assert estimate(values, 0.03) == estimate(mixed, 0.03)


@given(DIFFERENCES, st.data())
def test_a_lower_value_never_raises_the_lower_bound(values, data):
    at = data.draw(st.integers(0, len(values) - 1))
    worse = [*values]
    worse[at] -= data.draw(st.sampled_from([0.2, 0.4, 0.6]))
    assert estimate(worse, 0.03).lower <= estimate(values, 0.03).lower + 1e-9


def test_the_95th_percentile_is_the_value_that_nineteen_of_twenty_do_not_exceed():
    assert p95(range(1, 21)) == 19
    assert p95(range(1, 101)) == 95
    assert p95([7.0]) == 7.0
    assert p95([3.0, 1.0, 2.0]) == 3.0
    assert p95([]) is None


def test_so_many_cases_settle_a_margin():
    # (1.645 + 0.842)² * 0.154² / 0.03² = 6.183 * 26.35 = 162.9
    assert cases_needed(0.03, alpha=0.05) == 163
    assert cases_needed(0.03) == 196  # 1.881 instead of 1.645: two looks
    assert cases_needed(0.05) == 71
    assert cases_needed(0.03, sd=0.0) == 20  # never fewer than a gate needs at all
    with pytest.raises(ValueError, match="above 0"):
        cases_needed(0.0)


def test_a_gate_says_which_drop_it_can_detect():
    # 2.723 * 0.154 / sqrt(50) = 0.0593
    assert detectable_drop(50) == pytest.approx(0.0593, abs=1e-4)
    assert detectable_drop(200, sd=0.1) == pytest.approx(2.7225 * 0.1 / 200**0.5, abs=1e-4)
    assert detectable_drop(19) is None
    assert detectable_drop(20, sd=0.0) == 0
    assert prior_sd() == 0.154
    assert prior_sd(0.0, 1.0) == pytest.approx(0.1925)


@given(st.floats(0.01, 0.3), st.floats(0.02, 0.5))
def test_the_cases_that_are_needed_detect_the_margin(margin, sd):
    needed = cases_needed(margin, sd)
    assert detectable_drop(needed, sd) <= margin * (1 + 1e-9)
    if needed > 20:
        assert detectable_drop(needed - 1, sd) > margin * (1 - 1e-9)


def test_a_figure_never_reads_like_the_bar_that_it_missed():
    assert figure(0.77) == "0.77"
    assert figure(0.7496, 0.75) == "0.7496"
    assert figure(1.2004, 1.2) == "1.2004"
    assert figure(0.75, 0.75) == "0.75"
    assert figure(-0.5) == "−0.50"
    assert isclose(float(figure(nextafter(0.75, -inf), 0.75)), 0.75)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.03, "0.03"), (0.1, "0.10"), (0.005, "0.005"), (0.755, "0.755"), (1, "1.00")],
)
def test_a_bar_reads_as_it_was_set(value, said):
    assert bound(value) == said
