"""A call counts for the version and arm it was served as, in the segment it was served in."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from evaluation.online.models import Rollup, Series, Shard, Watch
from registry.domain.assignment import bucket as bucket_of
from registry.release.models import Segment
from registry.release.rollback import roll_back
from tests import stages
from tests.evaluation.online.intake.conftest import Ground, sums

pytestmark = pytest.mark.django_db


def segment_of(version: str, arm: str) -> Segment | None:
    major, minor, patch = version.split(".")
    numbers = {"version__major": major, "version__minor": minor, "version__patch": patch}
    return Series.objects.get(arm=arm, **numbers).segment


def calls() -> dict[tuple[str, str], int]:
    """Return how many calls were counted by version and arm."""
    return {key[:2]: n for key, (n, _) in sums().items() if key[2] == "error"}


def test_both_arms_of_a_rollout_count_in_its_segment(ground: Ground) -> None:
    ground.send(
        ground.in_rollout("a", "1.0.0", 9000),
        ground.in_rollout("b", "1.1.0", 12),
        ground.call("c", "1.0.0"),  # a client that knows no rollouts
    )
    assert calls() == {("1.0.0", "control"): 2, ("1.1.0", "treatment"): 1}
    present = Segment.objects.get(rollout=ground.rollout, ended_at=None)
    assert segment_of("1.0.0", "control") == segment_of("1.1.0", "treatment") == present
    assert sums()["1.0.0", "control", "assigned"] == (1, 1.0)
    assert sums()["1.1.0", "treatment", "assigned"] == (1, 1.0)
    assert set(
        Shard.objects.filter(metric="error").exclude(shard=9000 % 64).values_list("shard")
    ) >= {(12,)}


def test_a_late_call_counts_in_the_segment_its_client_knew_of(ground: Ground) -> None:
    first, epoch = Segment.objects.get(rollout=ground.rollout, ended_at=None), ground.rollout.epoch
    now = timezone.now() + timedelta(days=3)
    stages.next_step(ground.shop, ground.rollout, now - timedelta(days=2))
    late = ground.in_rollout("a", "1.1.0", 12, epoch=epoch)
    held = ground.in_rollout("b", "1.1.0", 12, epoch=epoch + 7)
    ground.send(late)
    assert segment_of("1.1.0", "treatment") == first
    ground.send(held)
    found = set(Series.objects.filter(arm="treatment").values_list("segment__percent", flat=True))
    assert found == {5, 25}


def test_without_rollout_and_epoch_the_segment_that_was_open_then_counts(
    ground: Ground, now: datetime
) -> None:
    roll_back(ground.prompt, actor=ground.shop.actor("lea"), reason="No.", now=now)
    before = now - timedelta(seconds=1)
    ground.send(ground.call("a", ts=before), ground.call("b", ts=now + timedelta(seconds=1)))
    found = Series.objects.filter(arm="control").order_by("segment")
    assert [series.segment.kind for series in found if series.segment] == ["rollout", "standing"]
    assert Rollup.objects.filter(minutes=60, metric="error", n=1).count() == 2


def test_what_was_asked_for_by_number_or_by_another_label_is_no_arm(ground: Ground) -> None:
    ground.send(
        ground.call("a", "1.1.0", label=None, assignment="none", variant="control"),
        ground.call("b", "1.1.0", label="canary"),
        ground.call("c", "1.0.0", label="canary"),
    )
    assert calls() == {("1.1.0", "other"): 2, ("1.0.0", "other"): 1}
    assert segment_of("1.1.0", "other") is None
    ground.send(ground.call("d", "1.1.0", label=None))  # a sender that says no label
    assert calls()["1.1.0", "treatment"] == 1


def test_staging_counts_in_the_rollout_that_soaks_there_and_else_outside(ground: Ground) -> None:
    ground.send(
        ground.call("a", "1.1.0", label="staging"), ground.call("b", "1.0.0", label="staging")
    )
    assert calls() == {("1.1.0", "staging"): 1, ("1.0.0", "staging"): 1}
    assert segment_of("1.1.0", "staging") is not None
    assert segment_of("1.0.0", "staging") is None


def test_while_it_soaks_only_staging_serves_the_new_version(ground: Ground) -> None:
    other = stages.prompt_named(ground.shop, "faq/tone")
    first = stages.in_production(ground.shop, other)
    version = stages.saved(ground.shop, other, stages.MINOR_TEXT, base=first)
    stages.started(ground.shop, stages.cleared(ground.shop, version))
    ground.send(
        ground.call("a", "1.1.0", prompt=other.name, label=None),
        ground.call("b", "1.1.0", prompt=other.name),
        ground.call("c", "1.0.0", prompt=other.name),
    )
    assert calls() == {("1.1.0", "staging"): 1, ("1.1.0", "other"): 1, ("1.0.0", "control"): 1}


def test_a_treatment_that_could_not_be_filled_is_an_error_of_the_treatment(ground: Ground) -> None:
    failed = {"error_type": "compile", "variant": "treatment"}
    ground.send(
        ground.in_rollout("a", "1.1.0", 12, **failed),
        ground.in_rollout("b", "1.0.0", 12, **failed),  # reported with what was used instead
    )
    assert sums()["1.1.0", "treatment", "error"] == (2, 2.0)
    assert ("1.0.0", "control", "error") not in sums()


def test_a_unit_gets_the_bucket_that_clients_give_it(ground: Ground) -> None:
    bucket = bucket_of(ground.rollout.salt, "conversation-1")
    version = "1.1.0" if bucket < 500 else "1.0.0"
    call = {**ground.in_rollout("a", version, 0), "unit": "conversation-1"}
    del call["bucket"]
    ground.send(call)
    assert Shard.objects.get(metric="error").shard == bucket % 64
    assert sum(n for (_, _, metric), (n, _) in sums().items() if metric == "assigned") == 1
    assert "conversation-1" not in str(list(Shard.objects.values()))


def test_an_arm_that_the_bucket_contradicts_counts_once_clients_must_know(ground: Ground) -> None:
    began = Segment.objects.get(rollout=ground.rollout, ended_at=None).started_at
    soon, later = began + timedelta(seconds=50), began + timedelta(seconds=61)
    ground.send(
        ground.in_rollout("a", "1.1.0", 9000, ts=soon),
        ground.in_rollout("b", "1.1.0", 9000, ts=later),
        ground.in_rollout("c", "1.1.0", 12, ts=later),
    )
    assert sums()["1.1.0", "treatment", "assigned"] == (3, 3.0)
    assert sums()["1.1.0", "treatment", "misassigned"] == (1, 1.0)
    ground.send(ground.call("d", "1.1.0", bucket=9000))  # says no epoch
    assert sums()["1.1.0", "treatment", "assigned"] == (3, 3.0)


def test_slow_is_what_takes_longer_than_the_watch_says(ground: Ground) -> None:
    ground.send(ground.in_rollout("a", "1.1.0", 12, latency_ms=900))
    assert ("1.1.0", "treatment", "slow") not in sums()
    Watch.objects.create(rollout=ground.rollout, slow_over=800, started_at=timezone.now())
    ground.send(
        ground.in_rollout("b", "1.1.0", 12, latency_ms=900),
        ground.in_rollout("c", "1.1.0", 12, latency_ms=700),
        ground.in_rollout("d", "1.1.0", 12),
    )
    assert sums()["1.1.0", "treatment", "slow"] == (2, 1.0)
