// An application with one client that does what its standard input says, a line at a time:
// ["get", ["support/system", {…}]] and so on. It answers each line with one line of JSON.
// Started with the client's options as JSON.

import {createInterface} from "node:readline";
import {inspect} from "node:util";
import {Client} from "../../../promptcms/clients/node/index.mjs";

const logged = [];
const client = new Client({...JSON.parse(process.argv[2]), log: (line) => logged.push(line)});
const prompts = [];

function shown(prompt) {
  prompts.push(prompt);
  const {error, ...fields} = prompt;
  return {...fields, why: error?.kind ?? null, attributes: prompt.attributes};
}

const actions = {
  get: async (name, options) => shown(await client.getPrompt(name, options)),
  compile: async (...given) => prompts.at(-1).compile(...given),
  together: async (name, count) =>
    Promise.all(Array.from({length: count}, () => client.getPrompt(name))).then(
      (all) => all.length,
    ),
  units: async (name, units) =>
    Promise.all(units.map((unit) => client.getPrompt(name, {unit}))).then((all) =>
      all.map((p) => p.variant),
    ),
  report: async (facts) => client.report(prompts.at(-1), facts),
  flush: (timeout) => client.flush(timeout),
  lost: async () => ({dropped: client.dropped, waiting: client.waiting.length, logged}),
  inspect: async () =>
    [client, prompts, client.waiting]
      .map((it) => inspect(it, {depth: 9, showHidden: true}))
      .join("\n"),
  close: () => client.close(1),
};

for await (const line of createInterface({input: process.stdin})) {
  const [action, given] = JSON.parse(line);
  let result = null;
  try {
    result = (await actions[action](...given)) ?? null;
  } catch (error) {
    const {kind, code, status, field, message} = error;
    result = {
      error: kind ?? "none",
      code,
      status,
      field,
      message,
      all: inspect(error, {depth: 9, showHidden: true}),
    };
  }
  console.log(JSON.stringify(result));
}
