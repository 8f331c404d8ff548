"""Which attributes say which prompt, version and figures; the first name that is there wins."""

import json
from typing import Any

import pytest

from evaluation.online.otlp.observe import Told, told_by
from evaluation.online.otlp.read_protobuf import read_protobuf
from tests.evaluation.online.otlp.spans import OURS, request, span


def told(attributes: dict[str, Any], **more: Any) -> Told:
    """Return what one span with these attributes tells."""
    return told_by(read_protobuf(request(span(attributes, **more)).SerializeToString())[0])


LANGFUSE = {
    "langfuse.observation.prompt.name": "faq",
    "langfuse.observation.prompt.version": 7,
    "langfuse.observation.type": "generation",
    "langfuse.observation.input": "a secret",
}
PROMPTS: list[tuple[dict[str, Any], tuple[str, str | int]]] = [
    (OURS, ("support/system", "1.0.0")),
    ({"prompt.name": "faq", "prompt.version": "v2.4.0"}, ("faq", "v2.4.0")),
    ({"prompt.name": "faq", "prompt.version": "7"}, ("faq", 7)),
    ({"prompt.name": "faq", "prompt.version": 7.0}, ("faq", 7)),
    ({"gen_ai.prompt.name": "faq", "gen_ai.prompt.version": "2.4.0"}, ("faq", "2.4.0")),
    (LANGFUSE, ("faq", 7)),
    ({"langfuse.prompt.name": "faq", "langfuse.prompt.version": 3}, ("faq", 3)),
    (
        {"ai.telemetry.metadata.langfusePrompt": json.dumps({"name": "faq", "version": 3})},
        ("faq", 3),
    ),
    (LANGFUSE | OURS, ("support/system", "1.0.0")),
    (LANGFUSE | {"prompt.name": "without a version"}, ("faq", 7)),
    (LANGFUSE | {"gen_ai.prompt.name": "mcp"}, ("faq", 7)),
]


@pytest.mark.parametrize(("attributes", "expected"), PROMPTS)
def test_a_prompt_is_found_under_whatever_name_a_tracer_uses(
    attributes: dict[str, Any], expected: tuple[str, str | int]
) -> None:
    call = told(attributes).call
    assert call is not None
    assert (call.prompt, call.version) == expected
    assert call.id == f"{1:032x}:{1:016x}"
    assert call.trace == f"{1:032x}"


NO_PROMPT: list[dict[str, Any]] = [
    {},
    {"http.method": "GET"},
    {"gen_ai.prompt.name": "a prompt of an MCP server"},
    {"prompt.version": "1.0.0"},
    {"prompt.name": 7, "prompt.version": "1.0.0"},
    {"prompt.name": " ", "prompt.version": "1.0.0"},
    {"ai.telemetry.metadata.langfusePrompt": "{"},
    {"ai.telemetry.metadata.langfusePrompt": "[" * 9000},
    {"ai.telemetry.metadata.langfusePrompt": '{"name": ["x"], "version": 1}'},
]


@pytest.mark.parametrize("attributes", NO_PROMPT)
def test_a_span_without_a_prompt_is_passed_over(attributes: dict[str, Any]) -> None:
    assert told(attributes) == Told()


@pytest.mark.parametrize("version", [None, "", True, 1.5])
def test_a_prompt_without_a_version_is_refused_in_words(version: Any) -> None:
    said = {"prompt.name": "faq"} | ({} if version is None else {"prompt.version": version})
    assert "set prompt.version" in told(said).fault


def test_figures_are_read_from_the_span_and_from_either_convention() -> None:
    general = told(
        OURS | {"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": "48"},
        seconds=0.25,
        failed=True,
    ).call
    langfuse = told(
        {
            **LANGFUSE,
            "langfuse.observation.usage_details": '{"input": 120, "output": 48, "cached": 3}',
            "langfuse.observation.cost_details": '{"input": 0.25, "output": 0.5}',
            "langfuse.observation.level": "ERROR",
        }
    ).call
    assert general is not None
    assert langfuse is not None
    assert (general.input_tokens, general.output_tokens, general.cost) == (120, 48, None)
    assert (langfuse.input_tokens, langfuse.output_tokens, langfuse.cost) == (120, 48, 0.75)
    assert general.latency_ms == pytest.approx(250)
    assert general.failed
    assert langfuse.failed


def test_what_our_clients_put_on_a_span_is_read_whole() -> None:
    drawn = {"prompt.variant": "treatment", "prompt.rollout": 7, "prompt.epoch": 3}
    call = told(OURS | drawn | {"prompt.bucket": 2166}).call
    assert call is not None
    assert (call.variant, call.rollout, call.epoch, call.bucket) == ("treatment", 7, 3, 2166)


def test_an_evaluation_on_the_call_is_its_score_and_elsewhere_one_of_its_trace() -> None:
    on_call = told(OURS, scores={"faithfulness": 0.75, "label only": "good"})
    assert on_call.call is not None
    assert on_call.call.scores == {"faithfulness": 0.75}
    judge = told({}, scores={"faithfulness": 0.5})
    assert judge.call is None
    assert [(s.name, s.value, s.trace, s.call) for s in judge.scores] == [
        ("faithfulness", 0.5, f"{1:032x}", "")
    ]


def test_a_score_out_of_range_does_not_cost_the_call() -> None:
    both = told(OURS, scores={"stars": 4, "faithfulness": 1})
    assert both.call is not None
    assert both.call.scores == {"faithfulness": 1}
    assert [score.name for score in both.scores] == ["stars"]
