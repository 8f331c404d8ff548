"use strict";
// Texts with {{variables}}: parsed once when they arrive, then filled by joining pieces. A value is
// put in as it is and never read again, so neither {{x}} nor $& in a value means anything.

const {TemplateError} = require("./errors.js");

const OPENING = /\{\{+/g;
const VARIABLE = /\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,63})[ \t]*\}\}/y;
const MOST_SHOWN = 10;
const NONE = {known: new Set(), placeholders: new Set()};

/**
 * Return `{literals, names, broken}` of a text; literals has one entry more than names, they
 * alternate. `broken` says what is wrong with the first `{{` that opens no variable.
 */
function parse(text) {
  const literals = [];
  const names = [];
  let broken = "";
  let end = 0;
  for (const {index} of text.matchAll(OPENING)) {
    VARIABLE.lastIndex = index;
    const found = VARIABLE.exec(text);
    if (found) {
      literals.push(text.slice(end, index));
      names.push(found[1]);
      end = index + found[0].length;
    } else {
      broken ||= brokenAt(text, index);
    }
  }
  literals.push(text.slice(end));
  return {literals, names, broken};
}

function brokenAt(text, index) {
  const line = text.slice(0, index).split("\n").length;
  return (
    `Line ${line} has a "{{" that opens no variable. ` +
    'Write {{name}} for a variable, or "{ {" for plain braces.'
  );
}

/**
 * Return a body (text or chat) ready to be filled: `parts`, the variables that it knows, and
 * what stands in for those that are not required.
 */
function prepare(body) {
  const messages = body.kind === "chat" ? body.messages : [{role: "", content: body.template}];
  const parts = messages.map((message) =>
    message.type === "placeholder"
      ? {placeholder: message.name}
      : {role: message.role, ...parse(message.content)},
  );
  const declared = body.variables || [];
  const optional = new Map(
    declared.filter((v) => v.required === false).map((v) => [v.name, v.default ?? ""]),
  );
  const used = [...new Set(parts.flatMap((part) => part.names ?? []))];
  const known = new Set([...used, ...declared.map((v) => v.name)]);
  const placeholders = new Set(parts.flatMap((part) => part.placeholder ?? []));
  const broken = parts.find((part) => part.broken)?.broken ?? "";
  for (const part of parts) part.slots = part.names?.map((name) => used.indexOf(name));
  return {kind: body.kind, parts, broken, used, known, optional, placeholders, lenient: false};
}

/**
 * Return the text, or the list of messages, with the values put in.
 *
 * `messages` gives the application's own messages for each placeholder. What the `other` version of
 * a rollout knows may be given too. Throws TemplateError.
 */
function fill(prepared, values = {}, messages = {}, other = null) {
  const given = namesOf(values, "The values");
  const inserted = namesOf(messages, "The messages of placeholders");
  if (prepared.broken) throw new TemplateError(prepared.broken);
  if (!prepared.lenient) {
    refuseUnknown(given, prepared, other ?? NONE);
    refusePlaceholders(inserted, prepared, other ?? NONE);
  }
  const texts = textsOf(prepared, values ?? {});
  const filled = [];
  for (const part of prepared.parts) {
    if (part.placeholder === undefined) {
      filled.push({role: part.role, content: join(part, texts)});
    } else if (inserted.includes(part.placeholder)) {
      filled.push(...listOf(messages[part.placeholder], part.placeholder));
    }
  }
  return prepared.kind === "text" ? filled[0].content : filled;
}

/** Return how a value reads: text as it is, true/false, numbers in plain digits. */
function asText(name, value) {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (Number.isInteger(value)) return BigInt(value).toString();
  if (Number.isFinite(value)) return plainDigits(value);
  const type = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  throw new TemplateError(
    `The value of ${name} is ${typeof value === "number" ? value : `a ${type}`}. ` +
      "Pass text, a number, true or false.",
  );
}

/** Return a fraction without an exponent: 1e-7 is 0.0000001. */
function plainDigits(number) {
  const [digits, exponent] = String(number).split("e-");
  if (exponent === undefined) return digits;
  const sign = number < 0 ? "-" : "";
  return `${sign}0.${"0".repeat(Number(exponent) - 1)}${digits.replace(/[-.]/g, "")}`;
}

/** Return the text of every variable that is used, in the order of `used`. */
function textsOf({used, optional}, values) {
  const texts = [];
  const missing = [];
  for (const name of used) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) texts.push(asText(name, value));
    else if (optional.has(name)) texts.push(asText(name, optional.get(name)));
    else missing.push(name);
  }
  if (missing.length) {
    throw new TemplateError(`No value was given for ${listed(missing)}. Pass one for each.`);
  }
  return texts;
}

function join(part, texts) {
  let text = part.literals[0];
  for (let i = 0; i < part.slots.length; i += 1) {
    text += texts[part.slots[i]] + part.literals[i + 1];
  }
  return text;
}

/** Return the names that were given; `undefined` is how JavaScript says "not given". */
function namesOf(object, what) {
  if (object === undefined || object === null) return [];
  if (typeof object !== "object" || Array.isArray(object)) {
    throw new TemplateError(`${what} must be an object such as {company: "Lumen"}.`);
  }
  return Object.keys(object).filter((name) => object[name] !== undefined);
}

function refuseUnknown(given, prepared, other) {
  const unknown = given.filter((name) => !prepared.known.has(name) && !other.known.has(name));
  if (!unknown.length) return;
  const known = [...new Set([...prepared.known, ...other.known])].sort();
  const has = known.length ? `It knows ${listed(known)}.` : "It has no variables.";
  throw new TemplateError(`The prompt has no variable ${listed(unknown.sort())}. ${has}`);
}

function refusePlaceholders(inserted, prepared, other) {
  const unknown = inserted.filter(
    (name) => !prepared.placeholders.has(name) && !other.placeholders.has(name),
  );
  if (!unknown.length) return;
  const known = [...new Set([...prepared.placeholders, ...other.placeholders])].sort();
  const has = known.length ? `It has ${known.join(", ")}.` : "It has none.";
  throw new TemplateError(`The prompt has no placeholder ${unknown.sort().join(", ")}. ${has}`);
}

function listOf(messages, name) {
  if (Array.isArray(messages)) return messages.map((message) => ({...message}));
  throw new TemplateError(
    `The messages for the placeholder ${name} must be a list of {role, content}; ` +
      "an empty list puts in nothing.",
  );
}

function listed(names) {
  const shown = names.slice(0, MOST_SHOWN).map((name) => `{{${name.slice(0, 64)}}}`);
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

module.exports = {parse, prepare, fill};
