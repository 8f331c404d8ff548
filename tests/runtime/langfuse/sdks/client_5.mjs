// npm `@langfuse/client` 5: prompt.get(name, options). It has no third argument: a label there
// would be passed over without a word.
import { LangfuseClient } from "@langfuse/client";
import { tell } from "./story.mjs";

const langfuse = new LangfuseClient();

await tell({
  get: (name, { version, label, ttl, fallback, type, retries } = {}) =>
    langfuse.prompt.get(name, {
      version, label, fallback, type, cacheTtlSeconds: ttl, maxRetries: retries,
      fetchTimeoutMs: 5000,
    }),
  list: (label) => langfuse.api.prompts.list({ label }),
  projects: () => langfuse.api.projects.get(),
  write: () => langfuse.prompt.create({ name: "support/system", prompt: "Ha!", labels: [] }),
  relabel: () => langfuse.prompt.update({ name: "system", version: 1, newLabels: ["production"] }),
});
