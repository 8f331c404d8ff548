"""Before a rollout: what the traffic can show; and the buckets of time and of restarts."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.watch.histogram import bucket_of, quantile, snapped, upper_edge, value_of
from evaluation.domain.watch.restarts import restarts_at
from evaluation.domain.watch.traffic import first_percent, is_too_thin, sentence, time_to_find

NINE = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("calls_per_hour", "percent"),
    [(10_000, 5), (700, 5), (100, 33), (60, 50), (1, 50), (0, 50)],
)
def test_the_first_share_follows_the_traffic(calls_per_hour, percent):
    # 1600 calls of the treatment in 48 hours: 100 an hour give 4800, of which 33 %.
    assert first_percent(calls_per_hour, 48) == percent


def test_the_time_to_find_a_drop_by_hand():
    # 16 * (0.21 / 0.04)^2 = 441 calls at 5 %: at 120 calls an hour 6 are the treatment's.
    assert time_to_find(120, 5) == pytest.approx(441 / 6)
    # At 50 % control is no larger than the treatment: 441 * 0.95 / 0.5 = 837.9 of 60 an hour.
    assert time_to_find(120, 50) == pytest.approx(837.9 / 60)
    assert math.isinf(time_to_find(0, 5))


def test_the_traffic_is_told_in_words():
    assert sentence(120, 5) == (
        "At 120 calls an hour, 5 % finds a quality drop of 0.05 in about 3 days; 30 % in 16 hours."
    )
    assert sentence(10_000, 5) == (
        "At 10,000 calls an hour, 5 % finds a quality drop of 0.05 in about 53 minutes."
    )
    assert sentence(0, 50).startswith("No calls came in lately")


def test_traffic_is_too_thin_when_half_of_it_finds_nothing_in_time():
    assert is_too_thin(30, 48)
    assert not is_too_thin(40, 48)
    assert is_too_thin(0, 48)


@given(st.floats(0.01, 1e9))
def test_a_bucket_stands_for_what_it_holds_within_two_per_cent(ms):
    bucket = bucket_of(ms)
    assert value_of(bucket) == pytest.approx(ms, rel=0.0201)
    assert upper_edge(bucket - 1) * (1 - 1e-8) <= ms <= upper_edge(bucket) * (1 + 1e-8)


def test_an_edge_stays_in_its_bucket_and_odd_times_have_one():
    assert [bucket_of(upper_edge(i)) for i in (-3, 0, 1, 173)] == [-3, 0, 1, 173]
    assert bucket_of(0) == bucket_of(-5) == bucket_of(0.01)


def test_quantiles_by_hand():
    counts = {100: 90, 120: 9, 150: 1}
    assert quantile(counts, 0.5) == value_of(100)
    assert quantile(counts, 0.95) == value_of(120)
    assert snapped(counts, 0.95) == upper_edge(120)
    assert quantile(counts, 1.0) == value_of(150)
    assert quantile({}, 0.95) is None
    assert snapped({3: 0}, 0.95) is None


def test_restarts_begin_at_whole_hours_and_end_with_the_plan():
    day = timedelta(days=1)
    assert [r.hour for r in restarts_at(NINE, NINE + day)] == [16, 22, 4]
    assert restarts_at(NINE, NINE + timedelta(hours=6)) == []
    assert [r.hour for r in restarts_at(NINE.replace(minute=0), NINE + timedelta(hours=6))] == [15]
    planned = restarts_at(NINE, NINE + 9 * day, planned_until=NINE + day)
    assert [r.hour for r in planned] == [16, 22, 4]
