"use strict";
// The command line: pull writes the snapshot, types writes TypeScript types.

const fs = require("node:fs");
const {parseArgs} = require("node:util");
const {ConfigError, PromptcmsError} = require("./errors.js");
const {Server} = require("./server.js");
const {readSettings} = require("./settings.js");
const {askSnapshot, readSnapshot, writeSnapshot} = require("./snapshot.js");
const {HttpTransport} = require("./transport.js");
const {typesOf} = require("./types.js");

const FILE = "prompts.json";
const USAGE = `Usage: promptcms-client pull  [--label production] [--prefix support/] [--out FILE]
       promptcms-client types [--label production] [--prefix support/] [--snapshot FILE] [--out FILE]

pull   writes the prompts of a label into a snapshot (PROMPTCMS_SNAPSHOT, or ${FILE})
types  prints TypeScript types of the prompts' variables, from the server or from a snapshot

PROMPTCMS_URL and PROMPTCMS_KEY say which server is asked, and with which key.
`;
const OPTIONS = {
  label: {type: "string"},
  prefix: {type: "string", default: ""},
  out: {type: "string", short: "o"},
  snapshot: {type: "string"},
  help: {type: "boolean", short: "h"},
};

/**
 * Run a command; return the exit code: 0, 1 when it failed, 2 for a wrong command line.
 * `print` and `complain` write text to the two outputs.
 */
async function main(words, {environment, print, complain}) {
  const command = read(words);
  if (command.help) {
    print(USAGE);
    return 0;
  }
  if (command.problem) {
    complain(`${command.problem}\n\n${USAGE}`);
    return 2;
  }
  try {
    await {pull, types}[command.name](command.options, {environment, print});
    return 0;
  } catch (error) {
    if (!(error instanceof PromptcmsError)) throw error;
    complain(`promptcms-client: ${error.message}\n`);
    return 1;
  }
}

function read(words) {
  try {
    const {values, positionals} = parseArgs({
      args: words,
      options: OPTIONS,
      allowPositionals: true,
    });
    if (values.help) return {help: true};
    const known = positionals.length === 1 && ["pull", "types"].includes(positionals[0]);
    return known ? {name: positionals[0], options: values} : {problem: "Say pull or types."};
  } catch (error) {
    return {problem: error.message};
  }
}

async function pull(options, {environment, print}) {
  const file = options.out ?? (environment.PROMPTCMS_SNAPSHOT || FILE);
  const content = await ask(options, environment);
  writeSnapshot(file, content);
  const count = Object.keys(content.prompts).length;
  print(`${count} ${count === 1 ? "prompt" : "prompts"} of ${content.label} written to ${file}\n`);
}

async function types(options, {environment, print}) {
  const content = options.snapshot
    ? readSnapshot(options.snapshot).content
    : await ask(options, environment);
  const text = typesOf(content.prompts);
  if (!options.out) return print(text);
  try {
    fs.writeFileSync(options.out, text);
  } catch (error) {
    throw new ConfigError(
      `The file ${options.out} cannot be written (${error.code}). Choose another.`,
    );
  }
  return print(`Types written to ${options.out}\n`);
}

/** Ask the server for a label. The snapshot of the environment is what is written, so it is not read. */
async function ask(options, environment) {
  const online = {...environment, PROMPTCMS_OFFLINE: "", PROMPTCMS_SNAPSHOT: ""};
  const settings = readSettings({label: options.label}, online);
  const transport = new HttpTransport(settings.url);
  try {
    return await askSnapshot(new Server(settings, transport), settings.label, options.prefix);
  } finally {
    transport.close();
  }
}

module.exports = {main};
