"use strict";
// A clock that stands where the test puts it, and a server that answers what the test wrote.

/** No time passes by itself: waits are over at once, and nothing runs behind. */
function fakeClock() {
  return {
    at: 0,
    now() {
      return this.at;
    },
    date: () => new Date("2026-11-21T14:05:09.250Z"),
    sleep: async () => {},
    later: () => () => {},
  };
}

/** A transport that gives the answers of a contract's step, and keeps the requests since the last `answers`. */
function scripted(documents) {
  return {
    requests: [],
    planned: [],
    answers(planned) {
      this.planned = [...planned];
      this.requests = [];
    },
    async send(request) {
      this.requests.push(request);
      const answer = this.planned.shift();
      if (!answer) throw new Error("the script has no further answer");
      if (answer.failure) throw Object.assign(new Error(answer.failure), {code: "ECONNREFUSED"});
      return {status: answer.status, headers: headersOf(answer), body: bodyOf(answer, documents)};
    },
  };
}

function headersOf({etag, generation, stale, retry_after: retryAfter, location}) {
  const all = {
    etag,
    "x-pcms-generation": generation,
    "x-pcms-stale": stale === undefined ? undefined : String(stale),
    "retry-after": retryAfter,
    location,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function bodyOf({document, raw, code, message, field}, documents) {
  if (document) return JSON.stringify(documents[document]);
  if (raw !== undefined) return raw;
  return code ? JSON.stringify({error: code, message, field}) : "";
}

module.exports = {fakeClock, scripted};
