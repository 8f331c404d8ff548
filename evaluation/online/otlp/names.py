"""The one table of attribute names: which say what about a call. Nothing else of a span is read.

The names of OpenTelemetry for generative AI are in development and have moved before; here is
the place to follow them. Of several names the first that is there wins.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PromptNames:
    """Where a tracer puts name and version. `means_us`: a name alone cannot mean anything else."""

    name: str
    version: str
    means_us: bool = True


PROMPT = (
    PromptNames("prompt.name", "prompt.version"),  # our clients, and whoever does it by hand
    # MCP servers have prompts, too: theirs have this name, and no version.
    PromptNames("gen_ai.prompt.name", "gen_ai.prompt.version", means_us=False),
    PromptNames("langfuse.observation.prompt.name", "langfuse.observation.prompt.version"),
    PromptNames("langfuse.prompt.name", "langfuse.prompt.version"),
)
PROMPT_JSON = "ai.telemetry.metadata.langfusePrompt"  # of the Vercel AI SDK: {"name", "version"}

LABEL = "prompt.label"
VARIANT = "prompt.variant"
ROLLOUT = "prompt.rollout"
EPOCH = "prompt.epoch"
BUCKET = "prompt.bucket"
UNIT = "prompt.unit"

INPUT_TOKENS = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "ai.usage.promptTokens")
OUTPUT_TOKENS = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "ai.usage.completionTokens",
)
COST = ("gen_ai.usage.cost",)
USAGE_JSON = "langfuse.observation.usage_details"  # {"input", "output", …}
COST_JSON = "langfuse.observation.cost_details"  # {"total", or parts of it}
LEVEL = "langfuse.observation.level"  # DEFAULT … ERROR

EVALUATION = "gen_ai.evaluation.result"  # the name of an event
SCORE_NAME = "gen_ai.evaluation.name"
SCORE_VALUE = "gen_ai.evaluation.score.value"

OF_SPAN = frozenset(
    {
        *(one.name for one in PROMPT),
        *(one.version for one in PROMPT),
        *(PROMPT_JSON, LABEL, VARIANT, ROLLOUT, EPOCH, BUCKET, UNIT),
        *(*INPUT_TOKENS, *OUTPUT_TOKENS, *COST, USAGE_JSON, COST_JSON, LEVEL),
    }
)
OF_EVENT = frozenset({SCORE_NAME, SCORE_VALUE})
