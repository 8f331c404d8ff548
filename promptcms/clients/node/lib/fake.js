"use strict";
// A client for unit tests: prompts from the test itself, no server, and a list of what was reported.

const {assign} = require("./assignment.js");
const {fallbackDocument, readDocument} = require("./document.js");
const {NotFoundError} = require("./errors.js");
const {observationOf} = require("./observations.js");
const {Prompt} = require("./prompt.js");
const {readSample} = require("./sample.js");

const BODY = {
  version: "0.0.0",
  revision: 0,
  digest: "fake",
  config: {},
  variables: [],
  output_schema: null,
};

/**
 * `new FakeClient({"support/system": "Hello {{name}}"})`: a prompt is a text, a list of messages,
 * or fields of the body that the server would send (version, config, rollout…).
 */
class FakeClient {
  #documents = new Map();
  #random;

  constructor(prompts = {}, {random = Math.random} = {}) {
    this.#random = random;
    this.reported = [];
    for (const [name, prompt] of Object.entries(prompts)) this.set(name, prompt);
  }

  /** Change a prompt, or add one. */
  set(name, prompt) {
    this.#documents.set(name, readDocument(bodyOf(name, prompt)));
  }

  /** As `Client.getPrompt`; a prompt that the test did not give is not found. */
  async getPrompt(name, {label, version, unit, fallback} = {}) {
    const document = this.#documents.get(name);
    const served = document && (!version || version === document.body.version);
    const error = served
      ? null
      : new NotFoundError(
          `The fake has no ${name}${version ? ` ${version}` : ""}. Give it to new FakeClient({…}).`,
        );
    if (error && (fallback === undefined || fallback === null)) throw error;
    return this.#prompt(error ? fallbackDocument(name, fallback) : document, version, unit, {
      label: error || version ? null : (label ?? document.body.label),
      state: error ? "fallback" : "fresh",
      age: 0,
      generation: null,
      error,
    });
  }

  #prompt(document, version, unit, kept) {
    return new Prompt({
      document,
      choice: assign(version ? null : document.body.rollout, unit, this.#random),
      kept,
      noteValues: () => {},
      noteFailure: (prompt, error) =>
        this.report(prompt, {error: true, errorType: "compile", message: error.message}),
    });
  }

  /** Keep what would be sent, in `reported`, every sample included. */
  report(prompt, facts = {}) {
    if (!prompt.version) return;
    const {found} = readSample(facts.sample);
    this.reported.push({...observationOf(prompt, facts, new Date()), ...(found && {sample: found})});
  }

  /** Nothing waits in a fake. */
  async flush() {
    return 0;
  }

  async refresh() {}

  async close() {
    return 0;
  }
}

function bodyOf(name, prompt) {
  const standard = {...BODY, name, label: "production", rollout: null};
  if (typeof prompt === "string") return {...standard, kind: "text", template: prompt};
  if (Array.isArray(prompt)) return {...standard, kind: "chat", messages: structuredClone(prompt)};
  const kind = prompt.kind ?? (prompt.messages ? "chat" : "text");
  const treatment = prompt.rollout && {...BODY, name, kind, ...prompt.rollout.treatment};
  const rollout = treatment && {
    id: 1,
    epoch: 1,
    salt: "fake",
    percent: 50,
    kind: "ship",
    ...prompt.rollout,
    treatment,
  };
  return structuredClone({...standard, kind, ...prompt, rollout: rollout ?? null});
}

module.exports = {FakeClient};
