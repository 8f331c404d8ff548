// A chat handler as an application would write it: it fetches the prompt for a conversation, fills
// it, asks a model (any OpenAI-compatible endpoint), tags the trace span and reports how it went.
//
//   PROMPTCMS_URL=… PROMPTCMS_KEY=… MODEL_URL=https://api.openai.com/v1 MODEL_KEY=… \
//     node chat.mjs conversation-1 "Where is my parcel?"

import {pathToFileURL} from "node:url";
import {Client} from "promptcms-client";

const FALLBACK = [{role: "user", content: "{{question}}"}];

/** Answer one question of a conversation. The client lives as long as the application. */
export async function answer(client, {conversation, question, history = [], model = askModel}) {
  const prompt = await client.getPrompt("support/chat", {unit: conversation, fallback: FALLBACK});
  const messages = prompt.compile({company: "Lumen", question}, {history});
  // The attributes after compile: a treatment that cannot be filled became the control there.
  return traced(`chat ${prompt.name}`, prompt.attributes, async () => {
    const started = performance.now();
    try {
      const reply = await model(messages, prompt.config);
      client.report(prompt, {
        latencyMs: performance.now() - started,
        inputTokens: reply.usage?.prompt_tokens,
        outputTokens: reply.usage?.completion_tokens,
        scores: {answered: reply.text.trim() ? 1 : 0},
      });
      return {text: reply.text, version: prompt.version, state: prompt.state};
    } catch (error) {
      client.report(prompt, {error, latencyMs: performance.now() - started});
      throw error;
    }
  });
}

async function askModel(messages, {model = "gpt-4o-mini", temperature}) {
  const answered = await fetch(`${process.env.MODEL_URL}/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${process.env.MODEL_KEY ?? ""}`,
    },
    body: JSON.stringify({model, temperature, messages}),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answered.ok)
    throw Object.assign(new Error(`The model answered ${answered.status}.`), {code: "model"});
  const {choices, usage} = await answered.json();
  return {text: choices[0].message.content, usage};
}

/** Run `work` inside a span that says which version served, if OpenTelemetry is installed. */
async function traced(name, attributes, work) {
  const telemetry = await import("@opentelemetry/api").catch(() => null);
  if (!telemetry) return work();
  const tracer = telemetry.trace.getTracer("chat");
  return tracer.startActiveSpan(name, {attributes}, (span) => work().finally(() => span.end()));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const client = new Client();
  const [conversation, question] = process.argv.slice(2);
  try {
    console.log((await answer(client, {conversation, question})).text);
  } finally {
    await client.close(); // what was reported is sent, also after a failure
  }
}
