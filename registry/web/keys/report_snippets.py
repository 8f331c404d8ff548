"""How an application reports what came of a prompt, ready to paste: figures, scores, the text."""

import json

from registry.web.keys.snippets import Example, Snippet

CURL = """\
curl -X POST "$PROMPTCMS_URL/api/v1/observations" \\
  -H "Authorization: Bearer $PROMPTCMS_KEY" -H "Content-Type: application/json" \\
  -d '{{"observations": [{{"id": "a-new-id-for-each-call", "ts": "2026-11-21T14:05:09.250Z",
       "prompt": {name}, "version": "2.4.0", "label": {label}, "variant": "control",
       "error": false, "latency_ms": 812, "scores": {{"faithfulness": 0.9}},
       "sample": {{"input": {{"question": "…"}}, "output": "…", "context": ["…"]}}}}]}}'
"""
PYTHON = """\
client = Client(sample_share=0.1)  # attach the text of one call in ten; 0, the default: of none

client.report(
    prompt, latency_ms=812, input_tokens=120, output_tokens=48, scores={{"faithfulness": 0.9}},
    sample={{"input": {{"question": question}}, "output": answer, "context": passages}},
)
client.report(prompt, error=True, error_type="timeout")  # when there was no answer
"""
NODE = """\
const client = new Client({{ sampleShare: 0.1 }}); // attach the text of one call in ten; 0: of none

client.report(prompt, {{
  latencyMs: 812, inputTokens: 120, outputTokens: 48, scores: {{ faithfulness: 0.9 }},
  sample: {{ input: {{ question }}, output: answer, context: passages }},
}});
client.report(prompt, {{ error: true, errorType: "timeout" }}); // when there was no answer
"""
CSHARP = """\
// Attach the text of one call in ten; 0, the default: of none.
var client = new PromptClient(new PromptClientOptions {{ SampleShare = 0.1 }});

client.Report(prompt, new Report
{{
    LatencyMs = 812, InputTokens = 120, OutputTokens = 48,
    Scores = new Dictionary<string, double> {{ ["faithfulness"] = 0.9 }},
    Sample = new Sample
    {{
        Input = new Dictionary<string, object> {{ ["question"] = question }},
        Output = answer, Context = passages,
    }},
}});
client.Report(prompt, new Report {{ Error = true, ErrorType = "timeout" }});  // without an answer
"""
_MADE = (
    ("python", "Python", PYTHON),
    ("node", "Node", NODE),
    ("csharp", "C#", CSHARP),
    ("curl", "curl", CURL),
)


def report_snippets(example: Example) -> list[Snippet]:
    """Return how to report a call of the example with each of our clients, and with curl."""
    words = {"name": json.dumps(example.name), "label": json.dumps(example.label)}
    return [
        Snippet(f"report-{name}", title, code.format(**words), says=f"Report it with {title}")
        for name, title, code in _MADE
    ]
