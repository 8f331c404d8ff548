// The same as langfuse_5.mjs with npm `langfuse` 3: events instead of spans. What begins is sent
// before it ends, as with calls that take longer than the SDK waits.
import { Langfuse } from "langfuse";

const langfuse = new Langfuse();
const prompt = await langfuse.getPrompt(process.argv[2]);
const trace = langfuse.trace({ name: "question" });

const call = trace.generation({ name: "answer", prompt, input: "A secret." });
await langfuse.flushAsync();
call.score({ name: "tone", value: 0.75 });
call.score({ name: "mood", value: "good", dataType: "CATEGORICAL" });
await langfuse.flushAsync();
call.end({ output: "An answer.", usageDetails: { input: 100, output: 20 } });

const startTime = new Date(Date.now() - 500);
const other = langfuse.trace({ name: "question" });
const failing = other.generation({ name: "answer", prompt, startTime });
failing.end({ level: "ERROR" });
await langfuse.shutdownAsync();
