"""A chat handler, as an application would write it: fetch, fill, ask the model, tag, report.

MODEL_URL is the base of an API in OpenAI's form (`https://models.example/v1`), MODEL_KEY its key.
The prompt `support/chat` is a chat with {{company}}, {{question}} and the placeholder `history`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

import urllib3

from promptcms_client import Client, Prompt

try:
    from opentelemetry import trace
except ImportError:  # tracing is the application's choice
    trace = None  # type: ignore[assignment]

COMPANY = "Lumen"
MODEL_SECONDS = 30.0
IF_ALL_ELSE_FAILS = [
    {"role": "system", "content": "You help customers of {{company}}. Be brief."},
    {"role": "user", "content": "{{question}}"},
]

prompts = Client()  # PROMPTCMS_URL and PROMPTCMS_KEY; one for the life of the process
models = urllib3.PoolManager()


class ModelError(Exception):
    """The model gave no answer; `kind` is a short word for reports."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"The model gave no answer: {kind}.")
        self.kind = kind


def answer(conversation: str, question: str, history: list[dict[str, str]]) -> str:
    """Answer a customer. A conversation keeps its variant for as long as a rollout runs.

    Raises ModelError; the prompt itself is never missing.
    """
    prompt = prompts.get_prompt("support/chat", unit=conversation, fallback=IF_ALL_ELSE_FAILS)
    messages = prompt.compile(
        {"company": COMPANY, "question": question},
        {"history": history},
    )
    with observed(prompt) as note:
        reply = ask_model(messages, prompt.config)
        text = str(reply["choices"][0]["message"]["content"])
        used = reply.get("usage", {})
        note(
            input_tokens=used.get("prompt_tokens"),
            output_tokens=used.get("completion_tokens"),
            scores={"names_the_company": float(COMPANY in text)},
        )
    return text


@contextmanager
def observed(prompt: Prompt) -> Iterator[Callable[..., None]]:
    """Tag the span of the model's call, and report how long it took and how it ended."""
    measured: dict[str, Any] = {}
    started = time.monotonic()
    with span("chat", prompt):
        try:
            yield measured.update
        except ModelError as failure:
            measured.update(error=True, error_type=failure.kind)
            raise
        finally:
            took = (time.monotonic() - started) * 1000
            prompts.report(prompt, latency_ms=round(took, 1), **measured)


@contextmanager
def span(name: str, prompt: Prompt) -> Iterator[None]:
    """Open a span that says which prompt was used, where OpenTelemetry is installed."""
    if trace is None:
        yield
        return
    with trace.get_tracer(__name__).start_as_current_span(name, attributes=prompt.attributes):
        yield


def ask_model(messages: list[dict[str, Any]], config: dict[str, Any]) -> dict[str, Any]:
    """Ask the model for one answer. Raises ModelError."""
    body = {"model": config.get("model", "default"), "messages": messages}
    try:
        answered = models.request(
            "POST",
            f"{os.environ['MODEL_URL']}/chat/completions",
            body=json.dumps(body),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {os.environ.get('MODEL_KEY', '')}",
            },
            timeout=MODEL_SECONDS,
            retries=False,
        )
    except urllib3.exceptions.TimeoutError:
        raise ModelError("timeout") from None
    except urllib3.exceptions.HTTPError:
        raise ModelError("connection") from None
    if answered.status != 200:
        raise ModelError(f"status_{answered.status}")
    reply: dict[str, Any] = answered.json()
    return reply
