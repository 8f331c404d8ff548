"use strict";
// The one layer of cache: answers per name and label, asked for again behind the application's back.

const {Entry} = require("./entry.js");
const {NotFoundError, UnavailableError} = require("./errors.js");
const {stepsBack} = require("./generation.js");

const FIRST_WAIT = 0.1; // seconds between the attempts of a first get, doubled each time
const LONGEST_WAIT = 2;
const AT_ONCE = 8; // questions of one refresh that are under way together
const SHORTEST_PAUSE = 0.05; // seconds between two rounds of the background

/** Keeps what the server answered, and decides when to ask it. */
class Cache {
  #settings;
  #server;
  #clock;
  #random;
  #supplied;
  #snapshot;
  #entries = new Map();
  #flights = new Map();
  #cancel = null;
  #closed = false;

  /** `server` is null offline; `snapshot` may be null; `supplied` knows the variables to name. */
  constructor({settings, server, clock, random, supplied, snapshot}) {
    this.#settings = settings;
    this.#server = server;
    this.#clock = clock;
    this.#random = random;
    this.#supplied = supplied;
    this.#snapshot = snapshot;
  }

  /** Return the entry for `{name, label, version}`, asking the server if need be. Throws PromptcmsError. */
  async get(question) {
    const key = keyOf(question);
    const entry = this.#entries.get(key);
    if (!entry) return this.#first(key, question);
    const now = this.#clock.now();
    entry.used = now;
    if (entry.mustAsk(now, this.#settings)) await this.#ask(key, question, 1);
    else if (!this.#cancel && entry.due !== Infinity) this.#plan();
    return entry;
  }

  /** Ask about everything that is due; one round of the background. Never throws. */
  async refresh() {
    const now = this.#clock.now();
    const due = [...this.#entries].filter(
      ([, entry]) => entry.due <= now && entry.refreshed(now, this.#settings),
    );
    const work = async () => {
      for (let next = due.pop(); next; next = due.pop()) {
        const [key, entry] = next;
        const error = await this.#ask(key, entry.question, 1);
        if (isSilence(error)) due.splice(0).forEach(([, other]) => this.#failed(other, error));
      }
    };
    await Promise.all(Array.from({length: Math.min(AT_ONCE, due.length)}, work));
  }

  /** Stop the background. */
  close() {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  async #first(key, question) {
    const error = this.#settings.offline
      ? nobodyToAsk(question, this.#snapshot)
      : await this.#ask(key, question, this.#settings.attempts);
    if (!this.#entries.has(key)) {
      const entry = this.#fromSnapshot(question, error);
      if (!entry) throw error;
      this.#entries.set(key, entry);
      this.#plan();
    }
    return this.#entries.get(key);
  }

  #fromSnapshot(question, error) {
    const document = this.#snapshot?.find(question);
    if (!document) return null;
    const entry = new Entry(question, this.#clock.now());
    entry.document = document;
    entry.generation = this.#snapshot.generation;
    entry.fromSnapshot = true;
    this.#failed(entry, error);
    return entry;
  }

  /** Ask once for all who wait; return null or the error. Never rejects. */
  #ask(key, question, attempts) {
    let flight = this.#flights.get(key);
    if (!flight) {
      flight = this.#try(key, question, attempts).finally(() => {
        this.#flights.delete(key);
        if (!this.#flights.size) this.#plan();
      });
      this.#flights.set(key, flight);
    }
    return flight;
  }

  async #try(key, question, attempts) {
    for (let left = attempts - 1; ; left -= 1) {
      const error = await this.#attempt(key, question);
      if (!(error instanceof UnavailableError) || left <= 0) return error;
      await this.#clock.sleep(this.#wait(attempts - left, error.retryAfter));
    }
  }

  /** Ask once, and keep what comes; return null or the error. */
  async #attempt(key, question) {
    const entry = this.#entries.get(key) ?? new Entry(question, this.#clock.now());
    const asked = this.#clock.now();
    try {
      const supplied = this.#supplied.of(question.name);
      const answer = await this.#server.prompt(question, entry.etag, supplied);
      if (!entry.fromSnapshot && stepsBack(entry.generation, answer.generation)) throw older();
      entry.take(answer, asked);
      if (answer.stale !== null) entry.error = cutOff();
    } catch (error) {
      this.#failed(entry, error);
      return error;
    }
    this.#tried(entry);
    this.#entries.set(key, entry);
    return null;
  }

  #failed(entry, error) {
    entry.error = error;
    this.#tried(entry);
  }

  #tried(entry) {
    const now = this.#clock.now();
    entry.attempted = now;
    entry.due = entry.forEver || this.#settings.offline ? Infinity : this.#nextTime(now);
  }

  /** Return seconds to wait after the attempt with this number, 1 for the first. */
  #wait(attempt, retryAfter) {
    const growing = FIRST_WAIT * 2 ** (attempt - 1) * (1 + this.#random());
    return Math.min(LONGEST_WAIT, Math.max(growing, retryAfter));
  }

  /** Return when to ask again: after the refresh time or a little earlier, never later. */
  #nextTime(now) {
    const {refresh, jitter} = this.#settings;
    return now + refresh * (1 - jitter * this.#random());
  }

  /** Set the timer for the entry that is due next; without one there is no timer. */
  #plan() {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#closed) return;
    const now = this.#clock.now();
    const busy = [...this.#entries].filter(
      ([key, entry]) => entry.refreshed(now, this.#settings) && !this.#flights.has(key),
    );
    const due = Math.min(...busy.map(([, entry]) => entry.due));
    if (due === Infinity) return;
    const pause = Math.max(SHORTEST_PAUSE, due - now);
    this.#cancel = this.#clock.later(pause, () => {
      this.#cancel = null;
      this.refresh().finally(() => this.#plan());
    });
  }
}

function keyOf({name, label, version}) {
  return version ? `${name}\n@${version}` : `${name}\n${label}`;
}

/** Did no answer come at all? Then asking for other prompts would wait in vain. */
function isSilence(error) {
  return error instanceof UnavailableError && error.status === 0;
}

function older() {
  return new UnavailableError("The server answered from an older state than before.", {
    status: 200,
  });
}

function cutOff() {
  return new UnavailableError("The server answers from memory: it cannot reach its database.");
}

function nobodyToAsk({name, label, version}, snapshot) {
  const what = version ? `${name} ${version}` : `${name} under the label ${label}`;
  if (snapshot.find({name, label, version})) {
    return new UnavailableError("PROMPTCMS_OFFLINE is set: the snapshot answers, nobody is asked.");
  }
  return new NotFoundError(
    `The snapshot does not hold ${what}; it holds the label ${snapshot.label}. Write it again ` +
      "with `promptcms-client pull`, or unset PROMPTCMS_OFFLINE.",
  );
}

module.exports = {Cache};
