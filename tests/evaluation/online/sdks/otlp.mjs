// Two calls of a prompt, traced by OpenTelemetry's own exporters. The first is judged within its
// trace, and the judge's span is sent before the call's; the second fails.
// Arguments: json or protobuf, none or gzip, the name of the prompt and its version.
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as Json } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as Protobuf } from "@opentelemetry/exporter-trace-otlp-proto";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [protocol, compression, name, version] = process.argv.slice(2);
const Exporter = protocol === "json" ? Json : Protobuf;
const exporter = new Exporter({
  url: `${process.env.SERVER}/v1/traces`,
  headers: { Authorization: `Bearer ${process.env.KEY}` },
  compression,
});
const processor = new SimpleSpanProcessor(exporter);
const provider = new BasicTracerProvider({ spanProcessors: [processor] });
const tracer = provider.getTracer("shop");
const attributes = { "prompt.name": name, "prompt.version": version, "prompt.variant": "control" };

const call = tracer.startSpan("chat", {
  attributes: { ...attributes, "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20 },
});
const judge = tracer.startSpan("judge", {}, trace.setSpan(context.active(), call));
judge.addEvent("gen_ai.evaluation.result", {
  "gen_ai.evaluation.name": "tone",
  "gen_ai.evaluation.score.value": 0.75,
});
judge.end();
await provider.forceFlush();
call.end();

const failing = tracer.startSpan("chat", { attributes });
failing.setStatus({ code: SpanStatusCode.ERROR, message: "timeout" });
failing.end();
await provider.shutdown();
