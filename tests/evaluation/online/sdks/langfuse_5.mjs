// Two calls of a prompt, traced by @langfuse/otel 5; the score of the first is sent before it ends.
// The argument is the name of the prompt; LANGFUSE_* in the environment name server and keys.
import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const processor = new LangfuseSpanProcessor();
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
provider.register();
const langfuse = new LangfuseClient();
const found = await langfuse.prompt.get(process.argv[2]);
const prompt = { name: found.name, version: found.version, isFallback: false };
const asType = "generation";

const call = startObservation("answer", { prompt, input: "A secret." }, { asType });
langfuse.score.observation(call, { name: "tone", value: 0.75 });
langfuse.score.observation(call, { name: "mood", value: "good", dataType: "CATEGORICAL" });
await langfuse.flush();
call.update({ output: "An answer.", usageDetails: { input: 100, output: 20 } }).end();

startObservation("answer", { prompt }, { asType }).update({ level: "ERROR" }).end();
await provider.forceFlush();
await provider.shutdown();
