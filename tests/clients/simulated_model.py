"""The simulated connection at an address, for applications that ask a model over HTTP."""

from typing import Any

from evaluation.providers.base import ModelRequest
from evaluation.providers.simulated import Simulated
from tests.clients.stub import Answer, Asked


def simulated(asked: Asked) -> Answer:
    """Answer a chat completion as the simulated connection does, in the form of OpenAI's API."""
    sent = dict(asked.body)
    messages, model = sent.pop("messages"), sent.pop("model", "simulated")
    said = Simulated().complete(ModelRequest(model=model, messages=messages, params=sent))
    choice = {"message": {"role": "assistant", "content": said.text}}
    used = {
        "prompt_tokens": said.usage.input_tokens,
        "completion_tokens": said.usage.output_tokens,
    }
    return 200, {"choices": [choice], "usage": used}, {}


def said_to(asked: Asked) -> Any:
    """Return the words that `simulated` answers with."""
    return simulated(asked)[1]["choices"][0]["message"]["content"]
