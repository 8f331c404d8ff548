"""Applications tell of their calls: what is right is counted, what is not is refused in words."""

import json
from datetime import datetime, timedelta
from math import log
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from evaluation.domain.watch.guardrails import quality
from evaluation.online.models import IntakeCount, Rollup, Sample, Seen, Watch
from evaluation.web.intake import observations
from evaluation.web.intake.body import MOST
from registry.prompts.models import Alias, Prompt, Version
from registry.runtime import last_used
from registry.runtime.models import ApiKey
from tests import stages
from tests.evaluation.online.intake.conftest import ADDRESS, Ground, sums

pytestmark = pytest.mark.django_db


def test_a_call_is_summed_up_by_minute_and_hour_as_what_it_measured(ground: Ground) -> None:
    answer = ground.send(
        ground.call(
            "a",
            latency_ms=200,
            input_tokens=120,
            output_tokens=48,
            cost=0.5,
            error=True,
            scores={"faithfulness": 0.25},
        )
    )
    assert (answer.status_code, answer.json()) == (200, {"taken": 1, "again": 0, "rejected": []})
    expected = {
        "error": (1, 1.0),
        "latency": (1, round(log(200), 9)),
        "tokens": (1, 168.0),
        "cost": (1, 0.5),
        "score:faithfulness": (1, 0.25),
    }
    for minutes in (1, 60):
        assert sums(minutes) == {("1.0.0", "control", m): s for m, s in expected.items()}
    assert Rollup.objects.get(metric="latency", minutes=1).squares == pytest.approx(log(200) ** 2)


def test_what_a_call_does_not_say_is_not_measured(ground: Ground) -> None:
    ground.send(ground.call("a"), ground.call("b", latency_ms=0, cost=None))
    assert sums() == {("1.0.0", "control", "error"): (2, 0.0)}


def test_every_item_is_judged_by_itself_and_named_by_index_and_field(
    ground: Ground, now: datetime
) -> None:
    old, ahead = now - timedelta(hours=25), now + timedelta(minutes=6)
    bad: list[tuple[Any, str]] = [
        ("text", ""),
        (ground.call("", latency_ms=1), "id"),
        (ground.call("x" * 201), "id"),
        (ground.call("a", ts=None), "ts"),
        (ground.call("a", ts="2026-11-21T14:05:09"), "ts"),
        (ground.call("a", ts="yesterday"), "ts"),
        (ground.call("a", ts="0001-01-01T00:00:00+14:00"), "ts"),
        (ground.call("a", ts=old), "ts"),
        (ground.call("a", ts=ahead), "ts"),
        (ground.call("a", prompt="no/such"), "prompt"),
        (ground.call("a", prompt="nul\0\ud800"), "prompt"),
        (ground.call("a", "9.9.9"), "version"),
        (ground.call("a", version=2**70), "version"),
        (ground.call("a", version=1.5), "version"),
        (ground.call("a", variant="canary"), "variant"),
        (ground.call("a", bucket=10_000), "bucket"),
        (ground.call("a", rollout=2**60), "rollout"),
        (ground.call("a", error="no"), "error"),
        (ground.call("a", latency_ms=-1), "latency_ms"),
        (ground.call("a", latency_ms=float("nan")), "latency_ms"),
        (ground.call("a", latency_ms=10**12), "latency_ms"),
        (ground.call("a", input_tokens=1.5), "input_tokens"),
        (ground.call("a", cost=1e9), "cost"),
        (ground.call("a", scores={"faithfulness": 1.01}), "scores.faithfulness"),
        (ground.call("a", scores={"faithfulness": float("nan")}), "scores.faithfulness"),
        (ground.call("a", scores={"two\nlines": 1}), "scores.two\nlines"),
        (ground.call("a", scores={f"s{n}": 1 for n in range(21)}), "scores"),
        (ground.call("a", scores=[1]), "scores"),
        (ground.call("a", sample={"input": "?"}), "sample"),
        (ground.call("a", latency=812), "latency"),
    ]
    good = ground.call("good")
    answer = ground.send(good, *[item for item, _ in bad])
    assert answer.status_code == 207
    told = answer.json()
    assert (told["taken"], told["again"]) == (1, 0)
    named = [(one["index"], one["field"]) for one in told["rejected"]]
    assert named == [(n, field) for n, (_, field) in enumerate(bad, start=1)]
    assert all(one["message"].endswith((".", "'.")) for one in told["rejected"])
    assert sums() == {("1.0.0", "control", "error"): (1, 0.0)}


def test_half_a_character_in_a_name_is_refused_as_any_other_and_spoils_no_batch(
    ground: Ground,
) -> None:
    score = ground.call("a", scores={"half \ud800": 0.5})
    answer = ground.send(ground.call("good"), {"half \ud800": 1}, score)
    assert (answer.status_code, answer.json()["taken"]) == (207, 1)
    named = [one["field"] for one in answer.json()["rejected"]]
    assert named == ["half \ufffd", "scores.half \ufffd"]


def test_just_within_the_window_is_taken(ground: Ground, now: datetime) -> None:
    old, ahead = now - timedelta(hours=23, minutes=59), now + timedelta(minutes=4)
    assert ground.send(ground.call("a", ts=old), ground.call("b", ts=ahead)).json()["taken"] == 2
    starts = set(Rollup.objects.filter(minutes=1).values_list("start", flat=True))
    assert starts == {at.replace(second=0, microsecond=0) for at in (old, ahead)}


def test_a_batch_of_nothing_but_refusals_is_422_and_counts_what_was_refused(
    ground: Ground,
) -> None:
    answer = ground.send(ground.call("a", prompt="no/such"), ground.call("b", "9.9.9"), {})
    assert answer.status_code == 422
    assert answer.json()["error"] == "rejected"
    assert len(answer.json()["rejected"]) == 3
    counts = dict(IntakeCount.objects.values_list("outcome", "n"))
    assert counts == {"unknown_prompt": 1, "unknown_version": 1, "invalid": 1}
    assert not Prompt.objects.filter(name="no/such").exists()
    assert Version.objects.count() == 2


def test_a_prompt_is_known_by_an_old_name_and_a_version_by_its_revision(ground: Ground) -> None:
    Alias.objects.create(project=ground.shop.project, prompt=ground.prompt, name="Old name é")
    ground.send(ground.call("a", version=1, prompt="Old name é"), ground.call("b", "v1.0.0"))
    assert sums() == {("1.0.0", "control", "error"): (2, 0.0)}


def test_a_key_tells_of_calls_of_its_own_project_alone(ground: Ground) -> None:
    bank = stages.world("bank", sandbox=True)
    secret = stages.key(bank, "ingest").secret
    answer = ground.send(ground.call("a"), secret=secret)
    assert answer.status_code == 422
    assert answer.json()["rejected"][0]["field"] == "prompt"
    assert not Rollup.objects.exists()


def test_only_a_key_with_the_scope_ingest_may(ground: Ground) -> None:
    reader = stages.key(ground.shop, "read").secret
    for secret, status in ((reader, 403), ("pcms_nothing", 401)):
        assert ground.send(ground.call("a"), secret=secret).status_code == status
    assert not Seen.objects.exists()
    assert ground.send(ground.call("a")).status_code == 200
    last_used.flush()
    used = ApiKey.objects.exclude(last_used_at=None)
    assert {tuple(key.scopes) for key in used} == {("ingest",), ("read",)}


@pytest.mark.parametrize(
    ("body", "kind", "status", "field"),
    [
        ("{", "application/json", 400, None),
        ("\udc80".encode(errors="surrogatepass"), "application/json", 400, None),
        ("[" * 100_000, "application/json", 400, None),
        ("[]", "application/json", 400, None),
        ("", "application/json", 400, "observations"),
        ("{}", "application/json", 400, "observations"),
        ('{"observations": {}}', "application/json", 400, "observations"),
        ('{"calls": []}', "application/json", 400, "calls"),
        ('{"half \\ud800": []}', "application/json", 400, "half ?"),
        ('{"observations": []}', "text/plain", 415, None),
        (json.dumps({"observations": [{}] * (MOST + 1)}), "application/json", 413, "observations"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(
    ground: Ground, body: Any, kind: str, status: int, field: str | None
) -> None:
    headers = {"Authorization": f"Bearer {ground.secret}"}
    answer = Client().post(ADDRESS, body, content_type=kind, headers=headers)
    assert answer.status_code == status, answer.content
    assert answer.json().get("field") == field
    assert answer.json()["message"]


def test_a_thousand_full_calls_fit_and_a_body_beyond_the_limit_says_so(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = {f"a name as long as names of scores are, {n}": 0.123456789 for n in range(20)}
    call = ground.in_rollout("x" * 190, "1.0.0", 9000, scores=scores, message="m" * 500)
    batch = [{**call, "id": f"{call['id']}{n}"} for n in range(MOST)]
    assert len(json.dumps(batch)) > 1024 * 1024
    assert ground.send(*batch).json()["taken"] == MOST
    monkeypatch.setattr(observations, "LARGEST", 1024 * 1024)
    refusal = ground.send(*batch)
    assert refusal.status_code == 413
    assert refusal.json()["message"] == (
        "The body is larger than 1 MiB. Send fewer calls at a time."
    )


def test_a_database_that_does_not_answer_asks_for_another_try(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(observations, "record", away)
    answer = ground.send(ground.call("a"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")


def test_a_new_error_of_the_treatment_wakes_the_watcher_and_a_dead_broker_harms_nobody(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[tuple[object, str]] = []
    monkeypatch.setattr(
        "evaluation.offline.wake.wake", lambda rows, task: woken.append((rows, task))
    )
    monkeypatch.setattr("evaluation.online.intake.wake._last", {})
    error = ground.in_rollout("a", "1.1.0", 10, error=True)
    for item in (
        ground.in_rollout("b", "1.1.0", 10),  # no error
        ground.in_rollout("c", "1.0.0", 9000, error=True),  # of the control
        error,
        error,  # not new
    ):
        with django_capture_on_commit_callbacks(execute=True):
            assert ground.send(item).status_code == 200
    assert woken == [([ground.rollout.pk], "evaluation.online.tasks.look")]


def test_an_attached_sample_is_kept_and_one_too_long_costs_only_itself(ground: Ground) -> None:
    kept = {"input": {"company": "Shop"}, "output": "Hello.", "context": ["About."]}
    answer = ground.send(
        ground.call("a", sample=kept, scores={"faithfulness": 1}),
        ground.call("b", sample={"input": "?", "output": "x" * 70_000}),
    )
    assert (answer.status_code, answer.json()["taken"]) == (207, 2)
    assert [(o["index"], o["field"]) for o in answer.json()["rejected"]] == [(1, "sample")]
    sample = Sample.objects.get()
    assert (sample.output, sample.scores) == ("Hello.", {"faithfulness": 1})


def test_names_of_scores_are_so_many_and_no_more(ground: Ground) -> None:
    for start in range(0, 50, 10):
        names = {f"s{n}": 0.5 for n in range(start, start + 10)}
        answer = ground.send(ground.call(f"call {start}", scores=names))
        assert answer.json()["taken"] == 1
    assert (answer.status_code, len(answer.json()["rejected"])) == (207, 10)
    assert answer.json()["rejected"][0]["field"] == "scores.s40"
    names = {key[2] for key in sums() if key[2].startswith("score:")}
    assert names == {f"score:s{n}" for n in range(40)}
    again = ground.send(ground.call("later", scores={"s0": 0.5}))
    assert again.json()["rejected"] == []


def test_what_a_rollout_is_held_to_has_a_place_however_many_names_came_first(
    ground: Ground, now: datetime
) -> None:
    rails = [quality("faithfulness").document()]
    Watch.objects.create(rollout=ground.rollout, guardrails=rails, started_at=now)
    for start in (0, 20):
        names = {f"s{n}": 0.5 for n in range(start, start + 20)}
        ground.send(ground.in_rollout(f"call {start}", "1.1.0", 10, scores=names))
    late = ground.in_rollout("late", "1.1.0", 10, scores={"faithfulness": 0.5, "s40": 0.5})
    assert [one["field"] for one in ground.send(late).json()["rejected"]] == ["scores.s40"]
    assert sums()["1.1.0", "treatment", "score:faithfulness"] == (1, 0.5)
