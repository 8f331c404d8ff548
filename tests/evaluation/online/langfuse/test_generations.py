"""Generations as npm `langfuse` 3 and Python 2 send them: begun with the prompt, ended without."""

from datetime import timedelta
from typing import Any

import pytest

from evaluation.online.intake.forget import forget
from evaluation.online.models import BegunCall
from registry.audit.clock import database_now
from tests.evaluation.online.langfuse.conftest import Send, event, score, stamp
from tests.evaluation.online.otlp.spans import counted

pytestmark = pytest.mark.django_db


def begun(**more: Any) -> dict[str, Any]:
    """Return the event of a generation that begins."""
    body = {
        "id": "g1",
        "traceId": "t1",
        "name": "answer",
        "startTime": stamp(60),
        "promptName": "support/system",
        "promptVersion": 1,
        "input": [{"role": "user", "content": "A secret."}],
        **more,
    }
    return event(body, "generation-create", "e1")


def ended(**more: Any) -> dict[str, Any]:
    """Return the event of its end, half a second later or so; it names no prompt."""
    body = {"id": "g1", "traceId": "t1", "endTime": stamp(59), **more}
    return event(body, "generation-update", "e2")


def test_beginning_and_end_in_one_batch_are_one_call(send: Send) -> None:
    usage = {"usageDetails": {"input": 100, "output": 20}, "costDetails": {"total": 0.5}}
    for _ in range(2):
        answer = send("ingestion", {"batch": [begun(), ended(level="ERROR", **usage)]})
        assert (answer.status_code, answer.json()["errors"]) == (207, [])
    assert counted() == {"1.0.0": (1, 1)}
    assert counted("tokens") == {"1.0.0": (1, 120)}
    assert counted("cost") == {"1.0.0": (1, 0.5)}
    assert counted("latency")["1.0.0"][0] == 1


def test_an_end_that_comes_in_a_later_batch_finds_its_beginning(
    send: Send,
) -> None:
    send("ingestion", {"batch": [begun()]})
    assert counted() == {}
    waiting = BegunCall.objects.get()
    assert "secret" not in str(waiting.beginning)
    of_call = score(0.5, traceId="t1", observationId="g1")
    send("ingestion", {"batch": [event(of_call, id="e3")]})
    send("ingestion", {"batch": [ended(level="ERROR")]})
    assert counted() == {"1.0.0": (1, 1)}
    assert counted("score:tone") == {"1.0.0": (1, 0.5)}
    assert counted("latency")["1.0.0"][0] == 1
    assert BegunCall.objects.count() == 0
    send("ingestion", {"batch": [begun(), ended()]})
    assert counted() == {"1.0.0": (1, 1)}


def test_a_beginning_without_an_end_is_forgotten_after_an_hour(
    send: Send,
) -> None:
    send("ingestion", {"batch": [begun()]})
    assert forget(database_now() + timedelta(minutes=59))["begun"] == 0
    assert forget(database_now() + timedelta(minutes=61))["begun"] == 1
    assert send("ingestion", {"batch": [ended()]}).status_code == 207
    assert counted() == {}


def test_generations_of_other_prompts_are_dropped_and_unknown_ones_told(
    send: Send,
) -> None:
    bare = begun(id="g2", promptName=None, endTime=stamp(59))
    said = send("ingestion", {"batch": [bare]}).json()
    assert (said["errors"], BegunCall.objects.count()) == ([], 0)
    unknown = begun(promptName="nobody/knows", endTime=stamp(59))
    said = send("ingestion", {"batch": [unknown]}).json()
    assert [one["id"] for one in said["errors"]] == ["e1"]
    assert "nobody/knows" in said["errors"][0]["message"]
    assert counted() == {}


ODD: list[dict[str, Any]] = [
    {"promptVersion": 2**70},
    {"promptVersion": "x" * 5000},
    {"promptName": "\x00\ud800"},
    {"promptName": "x" * 100_000},
    {"id": "x" * 5000},
    {"usage": {"input": 1e300}},
    {"usage": 7, "usageDetails": []},
    {"startTime": "9999-12-31T23:59:59+00:00"},
    {"startTime": "0001-01-01T00:00:00+14:00"},
    {"startTime": 7, "endTime": stamp},
]


def test_odd_values_are_no_fault_of_ours(send: Send) -> None:
    for odd in ODD:
        values = {name: value() if callable(value) else value for name, value in odd.items()}
        answer = send("ingestion", {"batch": [begun(**{"endTime": stamp(59), **values})]})
        assert answer.status_code == 207, odd
        assert send("ingestion", {"batch": [begun(**values)]}).status_code == 207, odd
