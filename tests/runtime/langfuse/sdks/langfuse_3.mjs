// npm `langfuse` 3: getPrompt(name, version, options).
import { Langfuse } from "langfuse";
import { tell } from "./story.mjs";

const langfuse = new Langfuse();
// It hands out the refusal of a write as if that were the prompt, and throws nothing.
const thrown = (answer) => {
  if (answer.message) throw new Error(answer.message);
};

await tell({
  get: (name, { version, label, ttl, fallback, type, retries } = {}) =>
    langfuse.getPrompt(name, version, {
      label, fallback, type, cacheTtlSeconds: ttl, maxRetries: retries, fetchTimeoutMs: 5000,
    }),
  list: (label) => langfuse.api.promptsList({ label }),
  projects: () => langfuse.api.projectsGet(),
  write: async () => {
    const made = { name: "support/system", prompt: "Ha!", labels: [] };
    thrown((await langfuse.createPrompt(made)).promptResponse);
  },
  relabel: async () =>
    thrown(await langfuse.updatePrompt({ name: "system", version: 1, newLabels: ["production"] })),
});
