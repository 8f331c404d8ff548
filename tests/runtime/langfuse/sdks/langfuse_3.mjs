// npm `langfuse` 3: getPrompt(name, version, options).
import { Langfuse } from "langfuse";
import { tell } from "./story.mjs";

const langfuse = new Langfuse();

await tell({
  get: (name, { version, label, ttl, fallback, type, retries } = {}) =>
    langfuse.getPrompt(name, version, {
      label, fallback, type, cacheTtlSeconds: ttl, maxRetries: retries, fetchTimeoutMs: 5000,
    }),
  list: (label) => langfuse.api.promptsList({ label }),
  projects: () => langfuse.api.projectsGet(),
  write: () => langfuse.createPrompt({ name: "support/system", prompt: "Ha!", labels: [] }),
  relabel: () => langfuse.updatePrompt({ name: "system", version: 1, newLabels: ["production"] }),
});
