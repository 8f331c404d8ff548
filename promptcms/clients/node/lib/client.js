"use strict";
// The client: what an application holds one of for its whole life.

const {assign} = require("./assignment.js");
const {Cache} = require("./cache.js");
const {Supplied} = require("./caller.js");
const {systemClock} = require("./clock.js");
const {fallbackDocument} = require("./document.js");
const {BadRequestError, PromptcmsError} = require("./errors.js");
const {Observations, observationOf} = require("./observations.js");
const {Prompt} = require("./prompt.js");
const {Server} = require("./server.js");
const {readSettings} = require("./settings.js");
const {readSnapshot} = require("./snapshot.js");
const {HttpTransport} = require("./transport.js");

const FLUSH_SECONDS = 5;

/** Fetches prompts of one project and keeps them; reports how they did. */
class Client {
  #settings;
  #transport;
  #clock;
  #random;
  #cache;
  #observations;
  #supplied = new Supplied();

  /**
   * `options` go before the environment variables PROMPTCMS_URL, _KEY, _INGEST_KEY, _LABEL, _PIN,
   * _SNAPSHOT, _OFFLINE and _SAMPLE_SHARE. Throws ConfigError for what cannot work.
   */
  constructor(options = {}) {
    const settings = readSettings(options);
    const {clock = systemClock(), random = Math.random, log = console.warn} = options;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#transport = settings.offline
      ? null
      : (options.transport ?? new HttpTransport(settings.url));
    const server = settings.offline ? null : new Server(settings, this.#transport);
    const snapshot = settings.snapshot ? readSnapshot(settings.snapshot) : null;
    const parts = {settings, server, clock, random, log, snapshot, supplied: this.#supplied};
    this.#cache = new Cache(parts);
    this.#observations = new Observations(parts);
  }

  /**
   * Return the prompt under `label`, or exactly `version`, chosen for `unit` while a rollout runs.
   *
   * `fallback` (a text, or a list of messages) serves where there is nothing else.
   * Throws PromptcmsError.
   */
  async getPrompt(name, {label, version, unit, fallback} = {}) {
    const question = this.#question(name, label, version);
    let entry = null;
    try {
      entry = await this.#cache.get(question);
    } catch (error) {
      if (fallback === undefined || fallback === null || !(error instanceof PromptcmsError))
        throw error;
      return this.#fallback(question, fallback, error);
    }
    const now = this.#clock.now();
    const state = entry.state(now, this.#settings.maxStale);
    const rollout = question.version ? null : entry.document.body.rollout;
    const kept = {
      label: question.version ? null : (entry.document.body.label ?? null),
      state,
      age: entry.age(now),
      generation: entry.generation || null,
      error: state === "fresh" ? null : entry.error,
    };
    return this.#prompt(entry.document, assign(rollout, unit, this.#random), kept, name);
  }

  /**
   * Tell how one use of `prompt` went: `{error, errorType, message, latencyMs, inputTokens,
   * outputTokens, cost, scores, ts, id, sample}`, all optional. Sent in batches, behind the
   * application's back. `sample` is the text of the call, `{input, output, context}`; it goes along
   * for the setting `sampleShare` of the calls.
   */
  report(prompt, facts = {}) {
    if (!prompt.version) return; // a caller's fallback is no version of anything
    const complain = (why) => this.#observations.complain(why);
    const observation = observationOf(prompt, facts, this.#clock.date(), complain);
    this.#observations.add(observation, facts.sample);
  }

  /** Send the observations that wait, for at most `timeout` seconds; return how many were not taken. */
  flush(timeout = FLUSH_SECONDS) {
    return this.#observations.flush(timeout);
  }

  /** Ask the server about everything that is due now. The background does this by itself. */
  refresh() {
    return this.#cache.refresh();
  }

  /** Flush, and stop the background; return how many observations were not taken. */
  async close(timeout = FLUSH_SECONDS) {
    this.#cache.close();
    const lost = await this.flush(timeout);
    this.#transport?.close?.();
    return lost;
  }

  /** The observations that were not sent yet. */
  get waiting() {
    return this.#observations.waiting;
  }

  /** How many observations were given up. */
  get dropped() {
    return this.#observations.dropped;
  }

  #question(name, label, version) {
    if (typeof name !== "string" || !name) {
      throw new BadRequestError("A prompt has a name, such as support/system.", {field: "name"});
    }
    if (label && version) {
      throw new BadRequestError("Ask for a label or for a version, not for both.", {
        field: "version",
      });
    }
    const exact = version ? String(version).replace(/^v/, "") : this.#settings.pins.get(name);
    return exact
      ? {name, label: null, version: exact}
      : {name, label: label || this.#settings.label, version: null};
  }

  #fallback({name, label}, fallback, error) {
    const document = fallbackDocument(name, fallback);
    const kept = {label, state: "fallback", age: 0, generation: null, error};
    return this.#prompt(document, assign(null), kept);
  }

  #prompt(document, choice, kept, asked = null) {
    return new Prompt({
      document,
      choice,
      kept,
      noteValues: (values) => asked && this.#supplied.note(asked, values),
      noteFailure: (prompt, error) =>
        this.report(prompt, {error: true, errorType: "compile", message: error.message}),
    });
  }
}

module.exports = {Client};
