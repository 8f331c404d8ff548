"""Whatever is sent again, in whatever parts and order, changes no figure. Queries do not grow."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.online.intake.keys import FAMILY
from evaluation.online.intake.observation import Observation, Score
from evaluation.online.intake.record import record, record_scores
from evaluation.online.models import Histogram, Rollup, Seen, Series, Shard
from tests.evaluation.online.intake.conftest import Ground

pytestmark = pytest.mark.django_db
CALLS = 24


def figures() -> list[tuple[Any, ...]]:
    """Return every figure there is, without the ids of rows."""
    place = ("series__version", "series__segment", "series__arm")
    rows: list[tuple[Any, ...]] = [
        (*key, n, round(total, 6), round(squares, 6))
        for *key, n, total, squares in Rollup.objects.values_list(
            *place, "metric", "minutes", "start", "n", "total", "squares"
        )
    ]
    rows += [
        (*key, n, round(total, 6))
        for *key, n, total in Shard.objects.values_list(*place, "metric", "shard", "n", "total")
    ]
    rows += list(Histogram.objects.values_list(*place, "day", "bucket", "n"))
    return sorted(rows, key=repr)


def told(ground: Ground, now: datetime) -> list[Observation]:
    """Return calls of both arms over two hours, two of a trace, half of them with a score."""
    return [
        Observation(
            "otlp",
            f"call-{n}",
            now - timedelta(minutes=7 * n),
            ground.prompt.name,
            "1.1.0" if n % 3 else "1.0.0",
            rollout=ground.rollout.pk,
            epoch=ground.rollout.epoch,
            bucket=n * 13,
            error=n % 5 == 0,
            latency_ms=100.0 + n,
            input_tokens=n,
            scores={"faithfulness": n / CALLS} if n % 2 else {},
            trace=f"trace-{n}",
        )
        for n in range(CALLS)
    ]


def scored(now: datetime) -> list[Score]:
    """Return scores of some of these calls, by call and by trace."""
    return [
        Score("langfuse", f"s{n}", "quality", n / CALLS, now, **{about: f"{prefix}-{n}"})
        for n in range(CALLS)
        for about, prefix in [("call", "call") if n % 2 else ("trace", "trace")]
    ]


@pytest.fixture
def rolled_back() -> Any:
    """Give what undoes the writes of one example of a property."""

    def run(work: Any) -> Any:
        with transaction.atomic():
            try:
                return work()
            finally:
                transaction.set_rollback(True)

    return run


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_parts_repetitions_and_order_give_the_same_figures(
    ground: Ground, now: datetime, rolled_back: Any, data: st.DataObject
) -> None:
    calls, scores = told(ground, now), scored(now)
    project = ground.shop.project

    def once() -> list[tuple[Any, ...]]:
        record(project, calls, now=now, door="otlp")
        record_scores(project, scores, now=now)
        return figures()

    items = st.lists(st.sampled_from([*calls, *scores]), max_size=30)
    extra = data.draw(items, label="sent again")
    order = data.draw(st.permutations([*calls, *scores, *extra]), label="order")
    cuts = data.draw(st.lists(st.integers(0, len(order)), max_size=6), label="cuts")

    def in_parts() -> list[tuple[Any, ...]]:
        taken = 0
        edges = [0, *sorted(cuts), len(order)]
        for start, end in zip(edges, edges[1:], strict=False):
            part = order[start:end]
            done = record(
                project, [o for o in part if isinstance(o, Observation)], now=now, door="otlp"
            )
            marks = [s for s in part if isinstance(s, Score)]
            taken += done.taken + record_scores(project, marks, now=now).taken
        assert taken == len(calls) + len(scores)
        return figures()

    assert rolled_back(in_parts) == rolled_back(once)


def test_the_same_id_twice_in_one_batch_counts_once(ground: Ground) -> None:
    call = ground.call("a", latency_ms=100, scores={"faithfulness": 1})
    assert ground.send(call, call, call).json() == {"taken": 1, "again": 2, "rejected": []}
    assert set(Rollup.objects.values_list("n", flat=True)) == {1}


def test_one_id_through_two_doors_is_two_calls_and_spans_are_generations(
    ground: Ground, now: datetime
) -> None:
    assert FAMILY["otlp"] == FAMILY["langfuse"]
    for door in ("observations", "otlp", "langfuse"):
        call = Observation(door, "a", now, ground.prompt.name, "1.0.0")
        record(ground.shop.project, [call], now=now, door=door)
    assert Rollup.objects.get(metric="error", minutes=60).n == 2


def test_queries_do_not_grow_with_the_batch(ground: Ground, now: datetime) -> None:
    ground.send(ground.call("warm", scores={"faithfulness": 1}, latency_ms=1))
    used = []
    for size in (2, 200):
        calls = [
            ground.call(f"{size}-{n}", "1.1.0" if n % 2 else "1.0.0", scores={"a": 1}, latency_ms=9)
            for n in range(size)
        ]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert ground.send(*calls).json()["taken"] == size
        used.append(len(queries))
    # One more pair for series that are first seen.
    assert used[1] <= used[0] <= 22, [query["sql"][:150] for query in queries]


def test_rows_grow_with_time_and_versions_but_not_with_calls(ground: Ground, now: datetime) -> None:
    models = (Series, Rollup, Shard, Histogram)

    def rows() -> list[int]:
        return [model.objects.count() for model in models]

    def batch(name: str, many: int) -> None:
        at = now - timedelta(hours=1)
        for start in range(0, many, 500):
            ground.send(
                *[
                    ground.in_rollout(
                        f"{name}{start}{n}",
                        "1.0.0",
                        500 + n * 17 % 9500,
                        ts=at,
                        latency_ms=100 + n % 50,
                        input_tokens=n,
                        scores={"faithfulness": n / 500},
                    )
                    for n in range(500)
                ]
            )

    batch("first", 500)
    before = rows()
    batch("second", 2000)
    assert rows() == before
    assert before[0] == 1
    metrics = 6  # error, latency, tokens, assigned, the score; misassigned is none
    assert before[1] <= 2 * metrics
    assert before[2] <= 64 * metrics
    assert Seen.objects.count() == 2 * 2500  # the only table that grows: kept for three days
