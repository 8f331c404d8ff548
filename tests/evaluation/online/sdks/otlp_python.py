"""The same as otlp.mjs with OpenTelemetry's exporter for Python, which sends protobuf only.

Arguments: none, gzip or deflate, the name of the prompt and its version.
"""

import os
import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

compression, name, version = sys.argv[1:]
exporter = OTLPSpanExporter(
    endpoint=f"{os.environ['SERVER']}/v1/traces",
    headers={"Authorization": f"Bearer {os.environ['KEY']}"},
    compression=Compression(compression),
)
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("shop")
attributes = {"prompt.name": name, "prompt.version": version, "prompt.variant": "control"}

used = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20}
call = tracer.start_span("chat", attributes=attributes | used)
judge = tracer.start_span("judge", context=trace.set_span_in_context(call))
judge.add_event(
    "gen_ai.evaluation.result",
    {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": 0.75},
)
judge.end()
call.end()

failing = tracer.start_span("chat", attributes=attributes)
failing.set_status(trace.StatusCode.ERROR, "timeout")
failing.end()
provider.shutdown()
