"""Scores as Langfuse's SDKs send them: a list, one object, or events; joined to their calls."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from evaluation.online.models import IntakeCount, WaitingScore
from tests import stages
from tests.evaluation.online.langfuse.conftest import TRACE, Send, event, score
from tests.evaluation.online.otlp.spans import counted
from tests.stages import World

pytestmark = pytest.mark.django_db

FORMS: list[tuple[str, Callable[[dict[str, Any]], Any], int]] = [
    ("scores", lambda one: [one], 202),
    ("scores", lambda one: one, 200),
    ("ingestion", lambda one: {"batch": [event(one)], "metadata": {}}, 207),
]


@pytest.mark.parametrize(("path", "form", "status"), FORMS)
def test_each_form_is_counted_with_its_call_whichever_comes_first(
    send: Send, call: Callable[[], None], path: str, form: Any, status: int
) -> None:
    assert send(path, form(score())).status_code == status
    assert counted("score:tone") == {}
    assert WaitingScore.objects.count() == 1
    call()
    assert counted("score:tone") == {"1.0.0": (1, 0.75)}
    assert send(path, form(score(1, id="s2", dataType="BOOLEAN"))).status_code == status
    assert counted("score:tone") == {"1.0.0": (2, 1.75)}
    for _ in range(2):
        send(path, form(score()))
    assert counted("score:tone") == {"1.0.0": (2, 1.75)}
    assert counted() == {"1.0.0": (1, 0)}


def test_a_score_of_the_trace_is_counted_with_its_one_call(
    send: Send, call: Callable[[], None]
) -> None:
    of_trace = score()
    del of_trace["observationId"]
    call()
    assert send("scores", of_trace).json() == {"id": "s1"}
    assert counted("score:tone") == {"1.0.0": (1, 0.75)}


def test_metadata_that_names_the_prompt_needs_no_trace(send: Send) -> None:
    named = {"prompt_name": "support/system", "prompt_version": 1}
    alone = {"id": "s1", "name": "tone", "value": 0.5, "metadata": named}
    assert send("scores", [alone, {**alone, "id": "s2", "traceId": "x" * 32}]).status_code == 202
    assert counted("score:tone") == {"1.0.0": (2, 1.0)}


def test_the_answers_are_those_the_sdks_expect(send: Send) -> None:
    assert send("scores", [score()]).json() == {"message": "Accepted"}
    without_id = {"name": "tone", "value": 1, "traceId": TRACE}
    assert len(send("scores", without_id).json()["id"]) == 36
    events = send("ingestion", {"batch": [event(score()), event({}, "trace-create", "e2")]})
    assert events.json() == {
        "successes": [{"id": "e1", "status": 201}, {"id": "e2", "status": 201}],
        "errors": [],
    }
    assert send("scores", []).status_code == 202
    assert send("ingestion", {"batch": []}).json() == {"successes": [], "errors": []}


WORDS = [
    score("good", dataType="CATEGORICAL"),
    score("fine", dataType="TEXT"),
    score("Say it so.", dataType="CORRECTION"),
]


def test_scores_in_words_are_acknowledged_not_counted_and_told(
    send: Send, call: Callable[[], None]
) -> None:
    call()
    answer = send("scores", [*WORDS, score(id="s4")])
    assert answer.status_code == 207
    said = answer.json()
    assert (said["accepted"], said["rejected"]) == (4, 0)
    assert [e["message"] for e in said["errors"]] == [
        f"'tone' is {one['dataType']}: only scores that are numbers from 0 to 1 are counted here."
        for one in WORDS
    ]
    assert "CATEGORICAL" in send("scores", WORDS[0]).json()["message"]
    batch = send("ingestion", {"batch": [event(WORDS[1])]}).json()
    assert batch["errors"] == []
    assert "TEXT" in batch["successes"][0]["message"]
    assert counted("score:tone") == {"1.0.0": (1, 0.75)}
    assert IntakeCount.objects.get(outcome="not_counted").n == 5


FAULTS: list[tuple[Any, str]] = [
    (score(4), "A score is 0 to 1"),
    (score(-0.1), "A score is 0 to 1"),
    (score("0.5"), "number"),
    (score(None), "number"),
    (score([1]), "number"),
    (score(1e400), "number"),
    (score(name=""), "name of a score"),
    (score(name=7), "name of a score"),
    (score(name="a\nb"), "name of a score"),
    (score(traceId="", observationId=""), "which call or trace"),
    (score(timestamp="2020-01-01T00:00:00Z"), "24 hours"),
    (7, "object"),
    (None, "object"),
]


def test_a_fault_is_told_by_item_and_the_others_are_counted(
    send: Send, call: Callable[[], None]
) -> None:
    call()
    good = score(id="good")
    listed = send("scores", [*(one for one, _ in FAULTS), good])
    assert listed.status_code == 207
    said = listed.json()
    assert (said["accepted"], said["rejected"]) == (1, len(FAULTS))
    for error, (_, words) in zip(said["errors"], FAULTS, strict=True):
        assert words in error["message"]
    batch = [event(one, id=f"e{n}") for n, (one, _) in enumerate(FAULTS)]
    batched = send("ingestion", {"batch": [*batch, event(good, id="good")]}).json()
    assert [one["id"] for one in batched["successes"]] == ["good"]
    for n, (error, (_, words)) in enumerate(zip(batched["errors"], FAULTS, strict=True)):
        assert (error["id"], error["status"]) == (f"e{n}", 400)
        assert words in error["message"]
    for one, words in FAULTS[:-2]:
        alone = send("scores", one)
        assert alone.status_code == 400
        assert words in alone.json()["message"]
    assert counted("score:tone") == {"1.0.0": (1, 0.75)}


BAD_BODIES = [b"", b"{", b"null", b"7", b'"x"', b"[" * 100_000, b"\xff", b'{"batch": {}}']


@pytest.mark.parametrize("body", BAD_BODIES, ids=itertools.count())
@pytest.mark.parametrize("path", ["scores", "ingestion"])
def test_a_body_that_is_none_is_a_400_in_json(send: Send, path: str, body: bytes) -> None:
    answer = send(path, body)
    assert answer.status_code == 400
    assert answer.json().keys() == {"error", "message"}


def test_too_much_at_once_is_a_413(send: Send) -> None:
    assert send("scores", [score()] * 1001).status_code == 413
    assert send("ingestion", {"batch": [event(score())] * 1001}).status_code == 413
    assert send("scores", b" " * (8 * 2**20 + 1)).status_code == 413
    assert send("scores", b"[" + b"[]," * 2_000_000 + b"[]]").status_code == 413


def test_events_that_are_none_are_told_and_odd_bodies_dropped(send: Send) -> None:
    batch = [7, {"id": "a"}, {"type": "score-create"}, event(7, "generation-create", "b")]
    said = send("ingestion", {"batch": batch}).json()
    assert len(said["errors"]) == 3
    assert [one["id"] for one in said["successes"]] == ["b"]


def test_a_key_that_only_reads_is_refused_in_json(send: Send, shop: World) -> None:
    reader = stages.key(shop, "read").secret
    for path in ("scores", "ingestion"):
        answer = send(path, [], reader)
        assert (answer.status_code, answer.json()["error"]) == (403, "scope_missing")
        assert Client().post(f"/api/public/{path}").status_code == 401
        assert Client().get(f"/api/public/{path}").status_code == 405
