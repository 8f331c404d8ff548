"""The example of the README works: with the product, the simulated connection, a failing model."""

import importlib.util
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from promptcms_client import FakeClient

from tests.clients.python.conftest import SOURCE
from tests.clients.python.stub import Asked, Reply, Stub, stub
from tests.clients.server import Server
from tests.clients.simulated_model import said_to, simulated
from tests.clients.stub import stub as answering

HISTORY = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi!"}]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """A model that says who it works for."""

    def say(asked: Asked) -> Reply:
        content = "Lumen sent it." if "Lumen" in asked.body.decode() else "Somebody sent it."
        choice = {"message": {"role": "assistant", "content": content}}
        used = {"prompt_tokens": 12, "completion_tokens": 4}
        return 200, {}, json.dumps({"choices": [choice], "usage": used}).encode()

    with stub() as running:
        running.reply = say
        monkeypatch.setenv("MODEL_URL", f"{running.url}/v1")
        yield running


@pytest.fixture
def handler(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The example, as an application imports it."""
    monkeypatch.setenv("PROMPTCMS_URL", server.url)
    monkeypatch.setenv("PROMPTCMS_KEY", server.key)
    path = SOURCE / "examples" / "chat_handler.py"
    spec = importlib.util.spec_from_file_location("chat_handler", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    module.prompts.close(0)


@pytest.fixture
def reported(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the example reports."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(
        handler.prompts,
        "report",
        lambda prompt, **measured: found.append({"version": prompt.version, **measured}),
    )
    return found


def test_a_question_is_answered_tagged_and_reported(
    handler: ModuleType, reported: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, spans = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(handler.trace, "get_tracer", provider.get_tracer)
    with answering(simulated) as connection:
        monkeypatch.setenv("MODEL_URL", f"{connection.url}/v1")
        answer = handler.answer("conversation-1", "Where is it?", HISTORY)
    (asked,) = connection.asked
    assert answer == said_to(asked)
    assert [message["content"] for message in asked.body["messages"]] == [
        "You help customers of Lumen. Tone: friendly.",
        "Hello",
        "Hi!",
        "Where is it?",
    ]
    attributes = dict(spans.get_finished_spans()[0].attributes or {})
    assert attributes["gen_ai.prompt.name"] == "support/chat"
    assert attributes["prompt.version"] == "1.0.0"
    used = simulated(asked)[1]["usage"]
    assert used["completion_tokens"] > 0
    (report,) = reported
    assert report.pop("latency_ms") > 0
    assert report == {
        "version": "1.0.0",
        "input_tokens": used["prompt_tokens"],
        "output_tokens": used["completion_tokens"],
        "scores": {"names_the_company": 0.0},  # the simulated connection does not
    }


def test_a_model_that_fails_is_reported_as_an_error(
    handler: ModuleType, model: Stub, reported: list[dict[str, Any]]
) -> None:
    model.reply = lambda _: (500, {}, b"{}")
    with pytest.raises(handler.ModelError):
        handler.answer("conversation-1", "Where is it?", [])
    assert [(r["error"], r["error_type"]) for r in reported] == [(True, "status_500")]


def test_without_the_server_the_example_answers_with_its_fallback(
    handler: ModuleType, model: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "prompts", FakeClient({}))
    monkeypatch.setattr(handler, "trace", None)
    assert handler.answer("conversation-1", "Where is it?", HISTORY) == "Lumen sent it."
    assert len(json.loads(model.asked[0].body)["messages"]) == 2
    assert trace is not None
