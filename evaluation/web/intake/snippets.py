"""How an application tells of its calls, ready to paste."""

from registry.web.keys.snippets import Snippet

CURL = """\
curl -X POST "$PROMPTCMS_URL/api/v1/observations" \\
  -H "Authorization: Bearer $PROMPTCMS_KEY" -H "Content-Type: application/json" \\
  -d '{{"observations": [{{
    "id": "'$(uuidgen)'", "ts": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'",
    "prompt": "{name}", "version": "{version}", "label": "production",
    "error": false, "latency_ms": 812, "input_tokens": 120, "output_tokens": 48,
    "scores": {{"faithfulness": 0.9}}
  }}]}}'
"""
PYTHON = """\
prompt = client.get_prompt("{name}", unit=conversation_id)
# … call the model, then:
client.report(prompt, latency_ms=812, input_tokens=120, output_tokens=48,
              scores={{"faithfulness": 0.9}})
"""
NODE = """\
const prompt = await client.getPrompt("{name}", {{ unit: conversationId }});
// … call the model, then:
client.report(prompt, {{ latencyMs: 812, inputTokens: 120, outputTokens: 48,
  scores: {{ faithfulness: 0.9 }} }});
"""
CSHARP = """\
var prompt = await client.GetPromptAsync("{name}", unit: conversationId);
// … call the model, then:
client.Report(prompt, new Report {{ LatencyMs = 812, InputTokens = 120, OutputTokens = 48 }});
"""
OTLP = """\
export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=$PROMPTCMS_URL/v1/traces
export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_TRACES_HEADERS="Authorization=Bearer%20$PROMPTCMS_KEY"
# Put prompt.attributes of our clients on the span of the model's call, or at least
# prompt.name and prompt.version.
"""


def sending(name: str, version: str) -> list[Snippet]:
    """Return how to tell of a call of this version: curl, our clients, OpenTelemetry."""
    made = (
        ("curl", "curl", CURL),
        ("python", "Python", PYTHON),
        ("node", "Node", NODE),
        ("csharp", "C#", CSHARP),
    )
    told = [
        Snippet(f"send-{id}", title, text.format(name=name, version=version))
        for id, title, text in made
    ]
    return [*told, Snippet("send-otlp", "OpenTelemetry", OTLP)]
