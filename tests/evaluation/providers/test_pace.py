"""How many questions at once: only a storm of rate limits cuts the number."""

from hypothesis import given
from hypothesis import strategies as st

from evaluation.providers.pace import Pace


def after(pace, *ends, start=0.0, step=0.01):
    """Let calls end one after another, `step` seconds apart; "x" was limited, "." answered."""
    for number, end in enumerate("".join(ends)):
        pace.note(limited=end == "x", now=start + number * step)
    return pace


def test_one_rate_limit_in_ten_cuts_nothing():
    assert after(Pace(50), ".........x" * 20).places == 50


def test_a_storm_cuts_to_seven_tenths():
    assert after(Pace(50), "x" * 19).places == 50  # fewer than 20 calls tell nothing
    assert after(Pace(50), "x" * 20).places == 35


def test_exactly_a_quarter_is_no_storm():
    assert after(Pace(50), "...x" * 10).places == 50
    assert after(Pace(50), "...x" * 10, "x").places == 35  # 11 of 41


def test_a_storm_cuts_at_most_every_half_second():
    assert after(Pace(100), "x" * 60).places == 70  # from 0.19 s to 0.59 s
    assert after(Pace(100), "x" * 71).places == 49  # the second at 0.69 s: 100 × 0.7 × 0.7


def test_what_lies_longer_back_than_the_window_is_forgotten():
    pace = after(Pace(50), "x" * 19)
    pace.note(limited=True, now=1.8)
    assert pace.places == 50


def test_answers_bring_the_places_back_one_in_about_two_rounds():
    pace = after(Pace(50), "x" * 20)
    assert pace.places == 35
    after(pace, "." * 71, start=10.0)
    assert pace.places == 36
    after(pace, "." * 5000, start=20.0)
    assert pace.places == 50


@given(st.integers(1, 100), st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=300))
def test_there_is_always_a_place_and_never_more_than_allowed(most, calls):
    pace, now = Pace(most), 0.0
    for limited, step in calls:
        now += step
        pace.note(limited=limited, now=now)
        assert 1 <= pace.places <= most
