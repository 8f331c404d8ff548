"""Reports reach the server in batches, once each, or are counted as lost."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from promptcms_client import Client, ConfigError
from promptcms_client.observations import RESENDS

from tests.clients.python.scripted import scripted
from tests.clients.python.stub import DOCUMENT, Asked, Reply, Stub, serve, stub
from tests.processes.product import wait_until

DOCUMENTS = {"control": DOCUMENT}


@pytest.fixture
def there() -> Iterator[Stub]:
    with stub() as running:
        yield running


def taking(*statuses: int) -> Any:
    """Serve prompts; answer reports with the statuses in turn, the last one from then on."""
    left = list(statuses)

    def reply(asked: Asked) -> Reply:
        if asked.method == "GET":
            return serve(DOCUMENT)
        return left.pop(0) if len(left) > 1 else left[0], {}, b"{}"

    return reply


@pytest.mark.parametrize("status", [200, 202, 207])
def test_a_hundred_go_at_once_and_the_rest_a_second_later(there: Stub, status: int) -> None:
    there.reply = taking(status)
    with Client(there.url, "pcms_k", ingest_key="pcms_i") as client:
        prompt = client.get_prompt("support/system")
        for number in range(130):
            client.report(prompt, latency_ms=number)
        wait_until(lambda: len(there.observations) == 130, 5)
        assert client.flush() == 0
    batches = [asked for asked in there.asked if asked.method == "POST"]
    assert [len(json.loads(b.body)["observations"]) for b in batches] == [100, 30]
    assert {b.headers["authorization"] for b in batches} == {"Bearer pcms_i"}
    assert len({o["id"] for o in there.observations}) == 130


def test_a_refused_batch_is_dropped_once_and_said_once(
    there: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    there.reply = taking(404)
    with Client(there.url, "pcms_k") as client, caplog.at_level(logging.WARNING):
        prompt = client.get_prompt("support/system")
        for _ in range(2):
            client.report(prompt)
            assert client.flush() == 1
        assert client.flush() == 0
    assert len(there.observations) == 2
    assert len([line for line in caplog.messages if "404" in line]) == 1


def test_a_batch_that_meets_a_broken_server_is_sent_again_with_the_same_ids(there: Stub) -> None:
    there.reply = taking(503, 429, 202)
    with Client(there.url, "pcms_k") as client:
        client.report(client.get_prompt("support/system"))
        assert client.flush(10) == 0
    assert len(there.observations) == 3
    assert len({o["id"] for o in there.observations}) == 1


def test_after_five_more_times_with_growing_waits_a_batch_is_given_up() -> None:
    client, server, clock = scripted(DOCUMENTS, flows=True)
    server.answers = [{"status": 200, "document": "control"}]
    client.report(client.get_prompt("support/system"))
    server.answers = [{"failure": "connection"}, *[{"status": 503}] * RESENDS]
    assert client.flush(1000) == 1
    assert not server.answers
    assert clock.pauses == [0.5, 1, 2, 4, 8]
    assert client.flush() == 0


def test_a_flush_that_runs_out_of_time_leaves_what_waits_for_later() -> None:
    client, server, _ = scripted(DOCUMENTS, flows=True)
    server.answers = [{"status": 200, "document": "control"}, {"status": 503}]
    client.report(client.get_prompt("support/system"))
    assert client.flush(0.1) == 1
    server.answers = [{"status": 202}]
    assert client.flush(10) == 0


def test_when_ten_thousand_wait_the_oldest_is_dropped_and_counted() -> None:
    client, server, _ = scripted(DOCUMENTS)
    server.answers = [{"status": 200, "document": "control"}]
    prompt = client.get_prompt("support/system")
    for number in range(10_003):
        client.report(prompt, latency_ms=number)
    server.requests.clear()
    server.answers = [{"status": 202}] * 100
    assert client.flush() == 0
    assert client.dropped == 3
    first = json.loads(server.requests[0].body or b"")["observations"][0]
    assert first["latency_ms"] == 3


def test_a_number_that_cannot_be_right_is_left_out_and_does_not_spoil_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, server, _ = scripted(DOCUMENTS)
    server.answers = [{"status": 200, "document": "control"}]
    prompt = client.get_prompt("support/system")
    with caplog.at_level(logging.WARNING):
        client.report(prompt, latency_ms=float("nan"), cost=0.5, scores={"a": 1.5, "b": 0.5})
        client.report(prompt, input_tokens=-1, scores={"a": float("inf"), "b": "x"})  # type: ignore[dict-item]
    server.answers = [{"status": 202}]
    assert client.flush() == 0
    sent, other = json.loads(server.requests[-1].body or b"")["observations"]
    assert (sent["cost"], sent["scores"]) == (0.5, {"b": 0.5})
    assert "latency_ms" not in sent
    assert not {"input_tokens", "scores"} & set(other)
    assert "score a" in caplog.text


def test_an_exception_names_the_kind_of_error_but_does_not_tell_its_text() -> None:
    client, server, _ = scripted(DOCUMENTS)
    server.answers = [{"status": 200, "document": "control"}]
    prompt = client.get_prompt("support/system")
    client.report(prompt, error=ValueError("what a customer wrote"))
    client.report(prompt, error=ValueError(), error_type="refusal", message="The model refused.")
    server.answers = [{"status": 202}]
    assert client.flush() == 0
    body = server.requests[-1].body or b""
    assert [o["error_type"] for o in json.loads(body)["observations"]] == ["ValueError", "refusal"]
    assert b"The model refused." in body
    assert b"customer" not in body


def test_a_fallback_is_no_version_of_the_server_and_is_not_reported() -> None:
    client, server, _ = scripted(DOCUMENTS)
    server.answers = [{"status": 404}]
    client.report(client.get_prompt("support/system", fallback="Call us."))
    assert client.flush() == 0
    assert [request.method for request in server.requests] == ["GET"]


def test_no_text_leaves_the_process_unless_the_application_says_of_what_share() -> None:
    client, server, _ = scripted(DOCUMENTS)
    server.answers = [{"status": 200, "document": "control"}]
    client.report(client.get_prompt("support/system"), sample={"input": "Q", "output": "Secret."})
    server.answers = [{"status": 202}]
    assert client.flush() == 0
    assert b"Secret" not in (server.requests[-1].body or b"")


def test_more_text_than_can_wait_goes_without_and_nothing_is_lost() -> None:
    client, server, _ = scripted(DOCUMENTS, sample_share=1)
    server.answers = [{"status": 200, "document": "control"}]
    prompt = client.get_prompt("support/system")
    for _time in range(2):
        for _call in range(20):
            client.report(prompt, sample={"input": "Q", "output": "x" * 60_000})
        server.answers = [{"status": 202}]
        assert client.flush() == 0
        told = json.loads(server.requests[-1].body or b"")["observations"]
        assert (len(told), sum("sample" in o for o in told)) == (20, 8)


def test_a_sample_that_cannot_be_sent_is_said_once_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, server, _ = scripted(DOCUMENTS, sample_share=1)
    server.answers = [{"status": 200, "document": "control"}]
    prompt = client.get_prompt("support/system")
    with caplog.at_level(logging.WARNING):
        for odd in ({"input": {"a": object()}, "output": "private"}, "private", {}, 5):
            for _time in range(2):
                client.report(prompt, sample=odd)  # type: ignore[arg-type]
    assert len(caplog.messages) == 3
    assert "private" not in caplog.text
    server.answers = [{"status": 202}]
    assert client.flush() == 0


@pytest.mark.parametrize("share", ["-0.1", "1.1", "half", "nan"])
def test_a_share_is_from_0_to_1(monkeypatch: pytest.MonkeyPatch, share: str) -> None:
    monkeypatch.setenv("PROMPTCMS_SAMPLE_SHARE", share)
    with pytest.raises(ConfigError, match="PROMPTCMS_SAMPLE_SHARE"):
        Client("http://a.invalid", "pcms_k", background=False)
    monkeypatch.setenv("PROMPTCMS_SAMPLE_SHARE", "0.25")
    assert Client("http://a.invalid", "k", background=False).settings.sample_share == 0.25
