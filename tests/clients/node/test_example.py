"""The example of a chat handler, as an application runs it, on the simulated connection."""

from pathlib import Path

import pytest

from tests.clients.node.node import CLIENT, run
from tests.clients.server import Server
from tests.clients.simulated_model import said_to, simulated
from tests.clients.stub import Answer, stub

REPLY = {
    "choices": [{"message": {"role": "assistant", "content": "On its way."}}],
    "usage": {"prompt_tokens": 31, "completion_tokens": 4},
}
TELEMETRY = """
exports.trace = {getTracer: () => ({
  startActiveSpan: (name, options, work) => {
    console.error("span", name, JSON.stringify(options.attributes));
    return work({end: () => console.error("span ended")});
  },
})};
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Return the example beside an installed client, and a tracing library that prints."""
    modules = tmp_path / "node_modules"
    (modules / "@opentelemetry/api").mkdir(parents=True)
    (modules / "@opentelemetry/api/index.js").write_text(TELEMETRY)
    (modules / "promptcms-client").symlink_to(CLIENT)
    copy = tmp_path / "chat.mjs"
    copy.write_text((CLIENT / "examples/chat.mjs").read_text())
    return copy


def test_the_example_answers_tags_its_span_and_reports(server: Server, example: Path) -> None:
    with stub(simulated) as model:
        done = run(
            example,
            "conversation-1",
            "Where is my parcel?",
            settings={
                "PROMPTCMS_URL": server.url,
                "PROMPTCMS_KEY": server.key,
                "MODEL_URL": f"{model.url}/v1",
            },
        )
    (asked,) = model.asked
    assert done.stdout == f"{said_to(asked)}\n"
    assert asked.path == "/v1/chat/completions"
    assert [message["content"] for message in asked.body["messages"]] == [
        "You help customers of Lumen. Tone: friendly.",
        "Where is my parcel?",
    ]
    assert '"prompt.version":"1.0.0"' in done.stderr
    assert "span ended" in done.stderr


def test_the_example_reports_latency_tokens_and_a_score_and_the_models_failure(
    example: Path,
) -> None:
    document = {
        "name": "support/chat",
        "kind": "chat",
        "version": "1.0.0",
        "messages": [
            {"role": "system", "content": "{{company}}: {{question}}"},
            {"type": "placeholder", "name": "history"},
        ],
    }
    taken: Answer = (200, {}, {})
    replies: list[tuple[int, object]] = [(200, REPLY), (500, {})]
    for status, reply in replies:
        found: Answer = (200, document, {})
        with stub(found, taken) as prompts, stub((status, reply, {})) as model:
            run(
                example,
                "conversation-1",
                "Where?",
                check=False,
                settings={
                    "PROMPTCMS_URL": prompts.url,
                    "PROMPTCMS_KEY": "pcms_k",
                    "MODEL_URL": model.url,
                },
            )
            (observation,) = prompts.asked[1].body["observations"]
            assert observation["latency_ms"] > 0
            assert observation["error"] is (status == 500)
            if status == 200:
                assert observation["scores"] == {"answered": 1}
                assert (observation["input_tokens"], observation["output_tokens"]) == (31, 4)
            else:
                assert observation["error_type"] == "model"
