"""Which texts of calls are kept, in what form, and how many: the same for both arms."""

from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest

from evaluation.online.models import Sample, Series
from evaluation.online.samples.keep import AN_HOUR, MOST_BYTES, Taken, rows, why_not
from tests import stages

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@pytest.fixture
def arms(db) -> dict[str, Series]:
    world = stages.world()
    prompt = stages.prompt_named(world)
    stages.in_production(world, prompt)
    segment = stages.in_canary(world, prompt).segments.get(ended_at=None)
    return {
        arm: Series.objects.create(prompt=prompt, version=version, segment=segment, arm=arm)
        for arm, version in (("control", segment.control), ("treatment", segment.treatment))
    }


def taken(series: Series, number: int, **changes) -> Taken:
    facts = {"at": NOW - timedelta(minutes=1), "input": {"q": f"Question {number}"}}
    call = md5(f"{series.pk} {number}".encode()).digest()
    spot = (series.pk, series.prompt_id, series.version_id)
    return Taken(*spot, call, 5, **{**facts, "output": f"Answer {number}", **changes})


def keep(calls, now=NOW) -> list[Sample]:
    return Sample.objects.bulk_create(rows(calls, now=now), ignore_conflicts=True)


def test_what_is_kept_is_masked_and_says_what_was_hidden(arms):
    keep([taken(arms["treatment"], 1, output="Ask a@b.example", context=["+49 30 1234567"])])
    sample = Sample.objects.get()
    assert sample.output == "Ask [masked: an email address]"
    assert sample.context == ["[masked: a phone number]"]
    assert sample.hidden == ["a phone number", "an email address"]
    assert (sample.version, sample.input) == (arms["treatment"].version, {"q": "Question 1"})


def test_so_many_of_an_hour_are_kept_and_as_many_of_either_arm(arms):
    for start in range(0, 3 * AN_HOUR, 10):
        keep([taken(arms[arm], n) for arm in arms for n in range(start, start + 10)])
    kept = [Sample.objects.filter(series=series).count() for series in arms.values()]
    assert kept == [AN_HOUR, AN_HOUR]
    keep([taken(arms["control"], 1000, at=NOW - timedelta(hours=1))])
    assert Sample.objects.filter(series=arms["control"]).count() == AN_HOUR + 1


def test_a_call_that_comes_again_is_kept_once(arms):
    keep([taken(arms["control"], 1)])
    keep([taken(arms["control"], 1)])
    assert Sample.objects.count() == 1


def test_what_is_older_than_samples_are_kept_is_not_stored_at_all(arms):
    assert not keep([taken(arms["control"], 1, at=NOW - timedelta(days=14))])
    assert keep([taken(arms["control"], 1, at=NOW - timedelta(days=13))])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"output": "x" * MOST_BYTES}, "longer than 64 KiB"),
        ({"output": "é" * (MOST_BYTES // 2)}, "longer than 64 KiB"),
        ({"output": "a\x00b"}, "NUL character"),
        ({"input": {"n": float("nan")}}, "sample.input.n is nan"),
        ({"input": ["a"]}, "a text or"),
        ({"context": ["a", 5]}, "a list of texts"),
    ],
)
def test_what_cannot_be_kept_is_dropped_and_the_reason_can_be_told(arms, changes, why):
    texts = {"input": "Hello", "output": "Hi", "context": [], **changes}
    assert why in why_not(texts["input"], texts["output"], texts["context"])
    assert why_not("Hello", "Hi", ["Because."]) == ""
    assert not keep([taken(arms["control"], 1, **changes)])


def test_a_batch_costs_one_query_however_many_it_holds(arms, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = rows([taken(arms[arm], n) for arm in arms for n in range(15)], now=NOW)
    assert len(found) == 30
