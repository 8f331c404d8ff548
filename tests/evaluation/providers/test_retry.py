"""When to ask again, without a clock."""

import pytest

from evaluation.providers.base import RateLimited, Refused, Transient
from evaluation.providers.retry import RetryRules, Tries, ask_again


def waits(error, *, elapsed=0.0, draw=1.0, most=30):
    """The waits until the schedule gives up, or `most` of them."""
    found, tries = [], Tries()
    while len(found) < most and (again := ask_again(error, tries, elapsed=elapsed, draw=draw)):
        found.append(again.wait)
        tries = again.tries
    return found


def test_passing_trouble_is_tried_five_times_more_with_doubling_waits():
    assert waits(Transient("down")) == [0.5, 1, 2, 4, 8]


def test_waits_are_spread_from_half_to_the_whole():
    assert waits(Transient("down"), draw=0.0) == [0.25, 0.5, 1, 2, 4]


def test_what_will_never_work_is_not_tried_again():
    assert waits(Refused("no such model", 404)) == []


def test_a_rate_limit_uses_up_no_attempts_and_waits_at_most_twenty_seconds():
    assert waits(RateLimited("slow down"), most=9) == [0.5, 1, 2, 4, 8, 16, 20, 20, 20]
    again = ask_again(RateLimited("slow down"), Tries(failed=5), elapsed=0, draw=1)
    assert again is not None
    assert again.tries == Tries(failed=5, limited=1)


def test_a_rate_limit_waits_as_long_as_it_is_told():
    assert waits(RateLimited("slow down", 45), most=2) == [45, 45]
    assert waits(RateLimited("slow down", 0.1), most=2) == [0.5, 1]


@pytest.mark.parametrize(("elapsed", "goes_on"), [(590, True), (591, False), (0, True)])
def test_a_rate_limit_is_bounded_by_time(elapsed, goes_on):
    again = ask_again(RateLimited("slow down", 10), Tries(), elapsed=elapsed, draw=0)
    assert (again is not None) is goes_on


def test_a_wait_longer_than_the_time_left_gives_up_at_once():
    assert ask_again(RateLimited("tomorrow", 86_400), Tries(), elapsed=0, draw=0) is None


def test_the_rules_are_a_value():
    again = ask_again(
        Transient("down"), Tries(failed=5), elapsed=0, draw=1, rules=RetryRules(attempts=6)
    )
    assert again is not None
    assert again.wait == 16
