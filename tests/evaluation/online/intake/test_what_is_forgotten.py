"""Old rows go, bit by bit; figures of hours become figures of days without losing a call."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaluation.online.intake import forget as forgetting
from evaluation.online.intake.forget import forget
from evaluation.online.models import Histogram, IntakeCount, Rollup, Sample, Seen, Shard
from tests.evaluation.online.intake.conftest import Ground, sums

pytestmark = pytest.mark.django_db


def test_each_kind_is_kept_for_its_time(ground: Ground) -> None:
    sample = {"input": "?", "output": "!"}
    ground.send(ground.call("a", latency_ms=10, sample=sample))
    now, minutes = timezone.now(), Rollup.objects.filter(minutes=1)
    kept = (
        (minutes, timedelta(hours=48, minutes=2)),
        (Seen.objects.all(), timedelta(days=4)),
        (Sample.objects.all(), timedelta(days=14, minutes=1)),
        (Histogram.objects.all(), timedelta(days=15)),
        (IntakeCount.objects.all(), timedelta(days=31)),
    )
    for rows, late in kept:
        forget(now + late - timedelta(days=1, minutes=5))
        assert rows.exists(), rows.model
        forget(now + late)
        assert not rows.exists(), rows.model
    assert Shard.objects.exists()


def test_hours_become_days_and_stay_the_same_sums(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 3)
    now = timezone.now()
    ground.send(
        *[ground.call(f"{n}", ts=now - timedelta(hours=n), latency_ms=9 + n) for n in range(20)]
    )
    hours = sums(60)
    days = {(now - timedelta(hours=n)).date() for n in range(20)}
    forget(now + timedelta(days=29))
    assert sums(60) == hours
    forget(now + timedelta(days=32))
    assert sums(60) == {}
    assert sums(1440) == hours
    assert Rollup.objects.filter(metric="error").count() == len(days)
    assert {start.hour for start in Rollup.objects.values_list("start", flat=True)} == {0}
