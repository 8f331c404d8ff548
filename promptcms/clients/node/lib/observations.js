"use strict";
// Observations: what the application tells about one use of a prompt, sent in batches behind its back.

const {randomUUID} = require("node:crypto");
const {MOST_WAITING, isChosen, readSample} = require("./sample.js");

const SENT_AGAIN = 5;
const FIRST_WAIT = 1; // seconds before a batch is sent again, doubled each time
const LONGEST_TEXT = 500;
const MOST_SAID = 100; // complaints that are remembered
const AT_EXIT = 2; // seconds that the end of a process waits for the last batch
const TAKEN = new Set([200, 202, 207]);
const REFUSED = new Set([400, 401, 403, 404, 405, 413, 422]);
const NUMBERS = {
  latencyMs: "latency_ms",
  inputTokens: "input_tokens",
  outputTokens: "output_tokens",
  cost: "cost",
};

/**
 * Return the observation of one use of `prompt`, as the server takes it.
 *
 * What has no value is left out, and a number that cannot be right, which `complain(why)` is told:
 * it would spoil its whole batch. The unit is not in it: the bucket is.
 */
function observationOf(prompt, facts, date, complain = () => {}) {
  const {error = false, message, scores} = facts;
  const errorType =
    facts.errorType ?? (error instanceof Error ? error.code || error.name : undefined);
  const all = {
    id: textOf(facts.id) ?? randomUUID(),
    ts: (Number.isFinite(facts.ts?.getTime?.()) ? facts.ts : date).toISOString(),
    prompt: prompt.name,
    version: prompt.version,
    label: prompt.label,
    variant: prompt.variant,
    rollout: prompt.rollout?.id,
    epoch: prompt.rollout?.epoch,
    assignment: prompt.assignment,
    bucket: prompt.bucket,
    error: Boolean(error),
    error_type: textOf(errorType),
    message: textOf(message),
  };
  const sound = (name, number, highest) => {
    if (Number.isFinite(number) && number >= 0 && number <= highest) return true;
    complain(`${name} is ${number} and is not reported: it is out of range`);
    return false;
  };
  for (const [given, sent] of Object.entries(NUMBERS)) {
    const number = facts[given] ?? null;
    if (number !== null && sound(given, number, Infinity)) all[sent] = number;
  }
  const kept = Object.entries(scores ?? {}).filter(([name, n]) => sound(`score ${name}`, n, 1));
  if (kept.length) all.scores = Object.fromEntries(kept);
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined && value !== null),
  );
}

function textOf(value) {
  return value === undefined || value === null ? undefined : String(value).slice(0, LONGEST_TEXT);
}

/** The observations that wait, and the sending of them. */
class Observations {
  #settings;
  #server;
  #clock;
  #random;
  #log;
  #waiting = [];
  #sending = [];
  #sent = null; // the promise of the sending that is under way
  #hurried = false; // shall a batch that is not full leave too?
  #cancel = null;
  #said = new Set();
  #sampleBytes = new Map(); // of the observations that wait
  dropped = 0;

  /** `server` is null offline: then nothing is kept. `log` is told once of each kind of loss. */
  constructor({settings, server, clock, random, log}) {
    this.#settings = settings;
    this.#server = server;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
  }

  /** The observations that were not sent yet, oldest first. */
  get waiting() {
    return [...this.#sending, ...this.#waiting];
  }

  /**
   * Let an observation wait for the next batch. Never throws, never waits. Its sample goes along for
   * the share of calls that the settings say.
   */
  add(observation, sample) {
    if (!this.#server) return;
    if (sample !== undefined && sample !== null) this.#attach(observation, sample);
    if (this.#waiting.length >= this.#settings.waiting) {
      this.#sampleBytes.delete(this.#waiting.shift());
      this.#drop(1, "more waited than the setting `waiting` allows");
    }
    this.#waiting.push(observation);
    sentAtExit.add(this);
    if (this.#waiting.length >= this.#settings.batch) this.#send();
    else this.#plan();
  }

  /** Send what waits, for at most `timeout` seconds; return how many were not taken. */
  async flush(timeout) {
    const before = this.dropped;
    await new Promise((resolve) => {
      const cancel = this.#clock.later(timeout, resolve, {stay: true});
      this.#sendAll().then(() => resolve(cancel()));
    });
    return this.dropped - before + this.#waiting.length + this.#sending.length;
  }

  #attach(observation, sample) {
    if (!isChosen(observation.id, this.#settings.sampleShare)) return;
    const {found, size, why} = readSample(sample);
    if (why) return this.complain(`a sample is not sent: ${why}`);
    let waiting = size;
    for (const bytes of this.#sampleBytes.values()) waiting += bytes;
    if (waiting > MOST_WAITING) return;
    observation.sample = found;
    this.#sampleBytes.set(observation, size);
  }

  #plan() {
    this.#cancel ??= this.#clock.later(this.#settings.batchSeconds, () => this.#sendAll());
  }

  async #sendAll() {
    this.#cancel?.();
    this.#cancel = null;
    this.#hurried = this.#waiting.length > 0;
    await this.#send();
  }

  #send() {
    if (this.#waiting.length) this.#sent ??= this.#sendBatches();
    return this.#sent;
  }

  async #sendBatches() {
    while (this.#waiting.length >= (this.#hurried ? 1 : this.#settings.batch)) {
      this.#sending = this.#waiting.splice(0, this.#settings.batch);
      const refused = await this.#deliver(this.#sending);
      if (refused) this.#drop(this.#sending.length, refused);
      for (const observation of this.#sending) this.#sampleBytes.delete(observation);
      this.#sending = [];
    }
    this.#sent = null;
    this.#hurried = false;
    if (this.#waiting.length) this.#plan();
    else sentAtExit.delete(this);
  }

  /** Send one batch until it is taken; return why it was given up, or an empty string. */
  async #deliver(batch) {
    for (let again = 0; ; again += 1) {
      const status = await this.#server.observations(batch).catch((error) => error.message);
      if (TAKEN.has(status)) return "";
      if (REFUSED.has(status)) return `the server answered ${status}`;
      if (again >= SENT_AGAIN)
        return typeof status === "number" ? `the server answered ${status}` : status;
      const wait = FIRST_WAIT * 2 ** again * (1 + this.#random() * this.#settings.jitter);
      await this.#clock.sleep(wait, {background: true});
    }
  }

  /** Say in the log, once, what is wrong. */
  complain(why) {
    if (!this.#said.has(why)) this.#log(`promptcms-client: ${why}.`);
    if (this.#said.size < MOST_SAID) this.#said.add(why);
  }

  #drop(count, why) {
    this.dropped += count;
    this.complain(`observations are dropped, because ${why.replace(/\.$/, "")}`);
  }
}

const sentAtExit = new Set();

process.on("beforeExit", () => {
  for (const observations of sentAtExit) {
    sentAtExit.delete(observations); // once: an end that never comes would be worse than a loss
    observations.flush(AT_EXIT);
  }
});

module.exports = {Observations, observationOf};
