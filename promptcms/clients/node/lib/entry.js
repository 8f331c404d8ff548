"use strict";
// One kept answer: a prompt under a label, or an exact version, and how old it is.

/** What is kept for a question. Times are the clock's seconds. */
class Entry {
  constructor(question, now) {
    this.question = question;
    this.document = null;
    this.etag = "";
    this.generation = "";
    this.fromSnapshot = false;
    this.confirmed = now; // when the server last said that this is what it serves
    this.behind = null; // how old the server said its answer was, or null
    this.attempted = now; // when it was last asked, with or without success
    this.due = Infinity; // when the background asks again
    this.used = now;
    this.error = null; // why the last attempt failed
  }

  /** Exact versions never change. */
  get forEver() {
    return Boolean(this.question.version) && !this.fromSnapshot;
  }

  /** Seconds since the server confirmed the answer; what never ages has 0. */
  age(now) {
    if (this.forEver || this.fromSnapshot) return 0;
    return Math.max(0, now - this.confirmed) + (this.behind ?? 0);
  }

  /** `fresh`, `stale` or `snapshot`. */
  state(now, maxStale) {
    if (this.fromSnapshot) return "snapshot";
    if (this.forEver) return "fresh";
    return this.behind !== null || this.age(now) > maxStale ? "stale" : "fresh";
  }

  /** Must a get wait for the server, because this is too old and was not asked about lately? */
  mustAsk(now, {refresh, maxStale, offline}) {
    if (offline || this.forEver) return false;
    const old = this.fromSnapshot || this.age(now) > maxStale;
    return old && now - this.attempted >= refresh;
  }

  /** May the background ask again at some time? */
  refreshed(now, {idle, offline}) {
    return !offline && !this.forEver && now - this.used <= idle;
  }

  /** Take an answer: a new document, or null for an unchanged one. */
  take(answer, now) {
    if (answer.document) this.document = answer.document;
    this.etag = answer.etag || this.etag;
    this.generation = answer.generation || this.generation;
    this.behind = answer.stale;
    this.fromSnapshot = false;
    this.confirmed = now;
    this.error = null;
  }
}

module.exports = {Entry};
