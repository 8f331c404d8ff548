"""Which unit sees the treatment: the same answer in every language, and a fair one."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.assignment import bucket, in_treatment, random_in_treatment

# Worked out alike in Python, JavaScript and C#; the clients are held to the same vectors.
VECTORS = [
    ("checkout-2f9c", "user-1", 4862),
    ("checkout-2f9c", "user-2", 5777),
    ("checkout-2f9c", "user-3", 4825),
    ("s", "42", 4512),
    ("s", "Zo\u00eb", 2166),
    ("s", "Zoe\u0308", 9786),
    ("s", "\u6771\u4eac", 6500),
    ("s", "\U0001f642", 5332),
    ("s", " user ", 7325),
    ("s", "x" * 1000, 1997),
    ("s", "\ud800", 884),
]


@pytest.mark.parametrize(("salt", "unit", "expected"), VECTORS)
def test_a_unit_has_the_bucket_that_other_languages_compute(
    salt: str, unit: str, expected: int
) -> None:
    assert bucket(salt, unit) == expected


def test_half_a_surrogate_pair_counts_as_the_replacement_character() -> None:
    assert bucket("s", "\ud800") == bucket("s", "\ufffd")


def test_the_edge_of_the_treatment_is_exact() -> None:
    # Bucket 4862 is the first one outside 48.62 %.
    assert not in_treatment("checkout-2f9c", "user-1", 48.62)
    assert in_treatment("checkout-2f9c", "user-1", 48.63)


@given(st.text(), st.text(), st.floats(0, 100), st.floats(0, 100))
def test_who_has_the_treatment_keeps_it_as_the_share_grows(
    salt: str, unit: str, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert in_treatment(salt, unit, low) <= in_treatment(salt, unit, high)


@given(st.text(), st.text())
def test_nobody_has_it_at_zero_and_everybody_at_a_hundred(salt: str, unit: str) -> None:
    assert not in_treatment(salt, unit, 0)
    assert in_treatment(salt, unit, 100)


@pytest.mark.parametrize("percent", [5, 25, 50])
def test_shares_are_met_and_salts_are_independent(percent: int) -> None:
    units = [f"user-{number}" for number in range(20_000)]
    first = {unit for unit in units if in_treatment("one", unit, percent)}
    second = {unit for unit in units if in_treatment("two", unit, percent)}
    # Four standard deviations of a fair draw of 20,000 are below 1.5 points.
    assert abs(len(first) / 200 - percent) < 1.5
    assert abs(len(first & second) / 200 - percent**2 / 100) < 1.5


def test_a_call_without_a_unit_is_drawn_from_the_given_generator() -> None:
    rng = random.Random(7)
    drawn = sum(random_in_treatment(rng, 25) for _ in range(20_000))
    assert abs(drawn / 200 - 25) < 1.5
    assert not any(random_in_treatment(rng, 0) for _ in range(100))
    assert all(random_in_treatment(rng, 100) for _ in range(100))
