"""How far judges and people agree; figures worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.judge.agreement import Agreement, agreement, quadratic_kappa

PAIRS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=60)


def test_figures_of_four_pairs_worked_out_by_hand() -> None:
    found = agreement([(5, 5), (4, 5), (2, 4), (1, 1)])
    # gaps 0, 1, 2, 0; squared 0 + 1 + 4 + 0 = 5, mean 1.25
    # by chance: mean a² = (25 + 16 + 4 + 1) / 4 = 11.5; mean b² = (25 + 25 + 16 + 1) / 4 = 16.75;
    # mean a = 3, mean b = 3.75: 11.5 + 16.75 - 2 · 3 · 3.75 = 5.75
    assert found.n == 4
    assert found.exact == 0.5
    assert found.within_one == 0.75
    assert found.kappa == pytest.approx(1 - 1.25 / 5.75)
    assert found.bias == 0.75


def kappa_of_the_table(pairs: list[tuple[int, int]]) -> float | None:
    """The textbook way: weights (i - j)² over the observed and the expected table."""
    n = len(pairs)
    points = range(1, 6)
    seen = {(i, j): sum(pair == (i, j) for pair in pairs) / n for i in points for j in points}
    rows = {i: sum(seen[i, j] for j in points) for i in points}
    columns = {j: sum(seen[i, j] for i in points) for j in points}
    observed = sum((i - j) ** 2 * seen[i, j] for i in points for j in points)
    expected = sum((i - j) ** 2 * rows[i] * columns[j] for i in points for j in points)
    return None if expected < 1e-12 else 1 - observed / expected


@given(PAIRS)
def test_kappa_is_that_of_the_textbook(pairs: list[tuple[int, int]]) -> None:
    assert quadratic_kappa(pairs) == pytest.approx(kappa_of_the_table(pairs))


@given(PAIRS)
def test_the_order_of_pairs_does_not_matter_and_kappa_has_no_sides(
    pairs: list[tuple[int, int]],
) -> None:
    kappa = quadratic_kappa(pairs)
    assert quadratic_kappa(pairs[::-1]) == pytest.approx(kappa)
    assert quadratic_kappa([(b, a) for a, b in pairs]) == pytest.approx(kappa)
    assert kappa is None or kappa <= 1


def test_a_judge_that_always_says_the_same_agrees_no_better_than_chance() -> None:
    people = [5] * 9 + [1]
    found = agreement([(score, 5) for score in people])
    assert found.exact == 0.9  # it looks good, and is worth nothing
    assert found.kappa == pytest.approx(0)


def test_where_all_scores_are_alike_kappa_says_nothing() -> None:
    assert agreement([(4, 4), (4, 4)]).kappa is None


def test_full_agreement_and_full_contradiction() -> None:
    assert quadratic_kappa([(1, 1), (3, 3), (5, 5)]) == pytest.approx(1)
    assert quadratic_kappa([(1, 5), (5, 1)]) == pytest.approx(-1)


def test_without_pairs_there_are_no_figures() -> None:
    assert agreement([]) == Agreement(0)
