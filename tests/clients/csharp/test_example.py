"""The example of a chat handler, as an application runs it, on the simulated connection."""

from pathlib import Path

import pytest

from tests.clients.csharp import mono
from tests.clients.server import Server
from tests.clients.simulated_model import said_to, simulated
from tests.clients.stub import stub

pytestmark = pytest.mark.slow

REPLY = {
    "choices": [{"message": {"role": "assistant", "content": "On its way."}}],
    "usage": {"prompt_tokens": 31, "completion_tokens": 4},
}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, compiled against the client."""
    folder = tmp_path_factory.mktemp("example")
    return mono.compile(folder / "chat.exe", [mono.CLIENT / "examples/Chat.cs"], "-nowarn:649")


def test_the_example_answers_and_tags_its_span(server: Server, example: Path) -> None:
    with stub(simulated) as model:
        done = mono.run(
            example,
            "conversation-1",
            "Where is my parcel?",
            PROMPTCMS_URL=server.url,
            PROMPTCMS_KEY=server.key,
            MODEL_URL=f"{model.url}/v1",
        )
    (asked,) = model.asked
    assert done.stdout == f"{said_to(asked)}\n"
    assert asked.path == "/v1/chat/completions"
    assert [message["content"] for message in asked.body["messages"]] == [
        "You help customers of Lumen. Tone: friendly.",
        "Where is my parcel?",
    ]
    assert "span prompt.version=1.0.0\n" in done.stderr
    assert server.key not in done.stdout + done.stderr


@pytest.mark.parametrize("status", [200, 500])
def test_the_example_reports_how_the_model_did(example: Path, status: int) -> None:
    prompt = {
        "name": "support/chat",
        "kind": "chat",
        "version": "1.0.0",
        "messages": [
            {"role": "system", "content": "{{company}}: {{question}}"},
            {"type": "placeholder", "name": "history"},
        ],
    }
    with (
        stub((200, prompt, {}), (202, {}, {})) as prompts,
        stub((status, REPLY, {})) as model,
    ):
        done = mono.run(
            example,
            "conversation-1",
            "Where?",
            check=False,
            PROMPTCMS_URL=prompts.url,
            PROMPTCMS_KEY="pcms_k",
            MODEL_URL=model.url,
        )
    assert done.returncode == (0 if status == 200 else 1)
    (observation,) = prompts.asked[1].body["observations"]
    assert observation["latency_ms"] > 0
    assert observation["error"] is (status == 500)
    if status == 200:
        assert observation["scores"] == {"answered": 1}
        assert (observation["input_tokens"], observation["output_tokens"]) == (31, 4)
    else:
        assert observation["error_type"] == "model"
