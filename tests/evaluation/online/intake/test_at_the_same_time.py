"""Batches that arrive together, overlap and stand in each other's way are each counted once."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from evaluation.online.intake.observation import Observation, Score
from evaluation.online.intake.record import record, record_scores
from evaluation.online.models import IntakeCount, Rollup, Series, WaitingScore
from tests import stages
from tests.evaluation.online.intake.conftest import made

CALLS = 300


def in_thread(work: Callable[[], int]) -> int:
    try:
        return work()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_overlapping_batches_of_calls_and_scores_neither_lock_nor_count_twice(
    transactional_db: None, now: datetime
) -> None:
    ground = made(stages.world(sandbox=True))
    project = ground.shop.project
    calls = [
        Observation(
            "otlp",
            f"c{n}",
            now,
            ground.prompt.name,
            "1.1.0" if n % 2 else "1.0.0",
            latency_ms=50.0 + n,
            scores={"faithfulness": 0.5},
            trace=f"t{n}",
        )
        for n in range(CALLS)
    ]
    scores = [Score("langfuse", f"s{n}", "quality", 1.0, now, trace=f"t{n}") for n in range(CALLS)]
    works: list[Callable[[], int]] = []
    for seed in range(12):
        rng = random.Random(seed)
        batch, marks = rng.sample(calls, 200), rng.sample(scores, 60)
        works.append(lambda batch=batch: record(project, batch, now=now, door="otlp").taken)
        works.append(lambda marks=marks: record_scores(project, marks, now=now).taken)
    works += [lambda: record(project, calls, now=now, door="otlp").taken]
    works += [lambda: record_scores(project, scores, now=now).taken]
    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(in_thread, works))
    assert taken == 2 * CALLS
    assert Series.objects.count() == 2
    assert not WaitingScore.objects.exists()
    for metric in ("error", "latency", "score:faithfulness", "score:quality"):
        counted = Rollup.objects.filter(metric=metric, minutes=60).values_list("n", flat=True)
        assert sum(counted) == CALLS, metric
    counts = IntakeCount.objects.filter(outcome__in=["taken", "waiting"])
    assert sum(counts.values_list("n", flat=True)) == 2 * CALLS
