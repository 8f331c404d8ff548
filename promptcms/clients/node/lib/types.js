"use strict";
// TypeScript types of the prompts' variables, written from a snapshot.

const {readDocument} = require("./document.js");

const TYPES = {
  string: "string",
  number: "number | bigint",
  integer: "number | bigint",
  boolean: "boolean",
};
const ANY = "string | number | bigint | boolean";

/**
 * Return a declaration file: an interface per prompt, and the list by which `getPrompt("…")` knows
 * them. `prompts` is name -> body, as a snapshot holds it.
 */
function typesOf(prompts) {
  const taken = new Set();
  const names = Object.keys(prompts).sort();
  const written = names.map((name) => [
    name,
    interfaceName(name, taken),
    readDocument(prompts[name]),
  ]);
  const interfaces = written.map(([name, type, document]) => interfaceOf(name, type, document));
  const listed = written.map(([name, type]) => `    ${JSON.stringify(name)}: ${type};`);
  return [
    "// Written by `promptcms-client types`. Write it again when variables change.",
    'import "promptcms-client";',
    ...interfaces,
    `declare module "promptcms-client" {\n  interface Prompts {\n${listed.join("\n")}\n  }\n}`,
    "",
  ].join("\n\n");
}

function interfaceOf(name, type, document) {
  const lines = variablesOf(document).map(
    ({name: variable, required, type: kind, description}) =>
      `${comment(description)}  ${variable}${required ? "" : "?"}: ${TYPES[kind] ?? ANY};`,
  );
  const body = lines.length ? `{\n${lines.join("\n")}\n}` : "{}";
  return `/** The variables of ${printable(name)}. */\nexport interface ${type} ${body}`;
}

/**
 * Return the variables that may be given, and which must be. While a rollout runs, what only the
 * treatment uses may be given: without it, its calls fall back to control.
 */
function variablesOf({body, control, treatment}) {
  const bodies = [body, body.rollout?.treatment].filter(Boolean);
  const declared = new Map(
    bodies
      .flatMap((one) => one.variables ?? [])
      .reverse()
      .map((variable) => [variable.name, variable]),
  );
  const names = new Set([...control.known, ...(treatment?.known ?? [])]);
  return [...names].sort().map((name) => ({
    ...declared.get(name),
    name,
    required: control.used.includes(name) && !control.optional.has(name),
  }));
}

/** Return `support/system` as SupportSystemVariables, with a number where that is taken. */
function interfaceName(name, taken) {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  const base = `${/^[A-Za-z]/.test(joined) ? "" : "Prompt"}${joined}Variables`;
  let type = base;
  for (let number = 2; taken.has(type); number += 1) type = `${base}${number}`;
  taken.add(type);
  return type;
}

function comment(description) {
  return description ? `  /** ${printable(description)} */\n` : "";
}

/** Return text that cannot end a comment. */
function printable(text) {
  return String(text).replace(/\s+/g, " ").replaceAll("*/", "* /");
}

module.exports = {typesOf};
