"use strict";
// How a client names itself in X-Pcms-Client, so that the server can say who would break.

const os = require("node:os");
const {version} = require("../package.json");

const CLIENT = `promptcms-node/${version}`;
const LONGEST = 1000; // The server cuts here, and a cut list would look like missing variables.
const MOST_VARIABLES = 100;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** Return the header's text; `variables` is a collection of names, or null when none are known. */
function callerHeader(client, process, variables = null) {
  const caller = `${client};${process}`;
  if (variables === null) return caller;
  const full = `${caller};variables=${[...variables].sort().join(",")}`;
  return full.length < LONGEST ? full : caller;
}

/** Return this process as `host:number`, in characters that a header may hold. */
function processName() {
  return `${os.hostname()}:${process.pid}`.replace(/[^\x21-\x7e]|;/g, "-").slice(-100);
}

/** Remembers, for each prompt, the variables that `compile` was given. */
class Supplied {
  #names = new Map();

  /** Note the values of one compile. */
  note(prompt, values) {
    let names = this.#names.get(prompt);
    if (!names) this.#names.set(prompt, (names = new Set()));
    for (const name in values) {
      if (names.has(name) || values[name] === undefined) continue;
      if (names.size < MOST_VARIABLES && NAME.test(name)) names.add(name);
    }
  }

  /** Return the names, or null where nothing was compiled yet. */
  of(prompt) {
    return this.#names.get(prompt) ?? null;
  }
}

module.exports = {CLIENT, callerHeader, processName, Supplied};
