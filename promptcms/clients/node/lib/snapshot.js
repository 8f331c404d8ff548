"use strict";
// The snapshot: a file with the prompts of one label, for the time in which there is no server.

const fs = require("node:fs");
const path = require("node:path");
const {readDocument} = require("./document.js");
const {ConfigError, UnavailableError} = require("./errors.js");

/** The prompts of a snapshot; each is parsed when it is first asked for. */
class Snapshot {
  #prompts;
  #read = new Map();

  /** `content`: `{generation, label, prompts: {name: body}}`. Throws TypeError for another shape. */
  constructor(content) {
    const prompts = content?.prompts;
    if (typeof prompts !== "object" || prompts === null || typeof content.label !== "string") {
      throw new TypeError("This is no snapshot: it needs generation, label and prompts.");
    }
    this.content = content;
    this.#prompts = new Map(Object.entries(prompts));
    this.generation = String(content.generation ?? "");
    this.label = content.label;
    for (const name of this.#prompts.keys()) this.#document(name);
  }

  /** Return the document for `{name, label, version}`, or null if it is not in here. */
  find({name, label, version}) {
    const document = this.#document(name);
    if (!document) return null;
    return (version ? document.body.version === version : this.label === label) ? document : null;
  }

  #document(name) {
    if (!this.#read.has(name) && this.#prompts.has(name)) {
      this.#read.set(name, readDocument(this.#prompts.get(name)));
    }
    return this.#read.get(name);
  }
}

/** Read a snapshot file. Throws ConfigError when it is not there or holds something else. */
function readSnapshot(file) {
  try {
    return new Snapshot(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch (error) {
    const why = error.code || error.message;
    throw new ConfigError(
      `The snapshot ${file} cannot be read (${why}). Write it with \`promptcms-client pull\`, or unset PROMPTCMS_SNAPSHOT.`,
    );
  }
}

/** Ask the server for all prompts of a label and return the content of a snapshot, sorted by name. */
async function askSnapshot(server, label, prefix) {
  const {generation, prompts} = await server.bundle(label, prefix);
  const content = {generation, label, prompts: sorted(prompts)};
  try {
    new Snapshot(content);
  } catch (error) {
    throw new UnavailableError(`The server's answer is no snapshot. ${error.message}`);
  }
  return content;
}

/** Write a snapshot in one step: who reads the file sees the old one or the new one. */
function writeSnapshot(file, content) {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    const opened = fs.openSync(draft, "w");
    try {
      fs.writeFileSync(opened, `${JSON.stringify(content, null, 1)}\n`);
      fs.fsyncSync(opened);
    } finally {
      fs.closeSync(opened);
    }
    fs.renameSync(draft, file);
  } catch (error) {
    fs.rmSync(draft, {force: true});
    throw new ConfigError(
      `The file ${file} cannot be written (${error.code}). Choose another by --out.`,
    );
  }
}

function sorted(prompts) {
  const names = Object.keys(prompts ?? {}).sort();
  return Object.fromEntries(names.map((name) => [name, prompts[name]]));
}

module.exports = {Snapshot, readSnapshot, askSnapshot, writeSnapshot};
