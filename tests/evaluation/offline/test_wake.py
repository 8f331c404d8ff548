"""Waking a worker is only a hint: the queue is in the database, with or without a broker."""

import time

import pytest
from celery import Celery
from pytest_django import DjangoCaptureOnCommitCallbacks

from evaluation.offline import tasks, wake
from evaluation.offline.models import Dataset, Run, RunShard
from evaluation.offline.reconcile import reconcile
from evaluation.offline.submit import submit
from registry.domain.lifecycle import Clearance
from registry.prompts.models import Prompt
from registry.runtime.heartbeat import last_beat
from tests import stages
from tests.evaluation.offline.conftest import Model, evaluated_with
from tests.stages import World


def test_without_a_broker_a_submit_succeeds_soon_and_the_work_waits_for_the_reconciler(
    shop: World,
    prompt: Prompt,
    dataset: Dataset,
    answers: Model,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    nowhere = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr(wake, "current_app", nowhere)
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True) as hints:
        release = submit(version, actor=shop.actor("ana"), reason="")
    assert (len(hints), release.state) == (1, Clearance.EVALUATING)
    assert time.monotonic() - started < 3
    sent: list[int] = []
    monkeypatch.setattr("evaluation.offline.reconcile.wake", sent.extend)
    reconcile()
    assert sent == [RunShard.objects.get(run=Run.objects.get()).pk]


def test_a_long_run_gives_its_thread_to_others_after_a_turn_and_shows_that_the_worker_lives(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    submit(version, actor=shop.actor("ana"), reason="")
    shard = RunShard.objects.get()
    sent: list[int] = []
    monkeypatch.setattr(tasks, "wake", sent.extend)
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "TURN_SECONDS", 0.0)
        patch.setattr(tasks, "BEAT_SECONDS", 0.0)
        assert last_beat("worker") == (False, None)
        tasks.work(shard.pk)
    assert (sent, last_beat("worker")[0]) == ([shard.pk], True)
    tasks.work(shard.pk)
    assert Run.objects.get().state == Run.State.PASSED
    assert sent == [shard.pk]
