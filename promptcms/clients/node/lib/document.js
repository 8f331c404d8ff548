"use strict";
// The body of a prompt as the server sends it: checked when it arrives, frozen, its texts parsed.

const {prepare} = require("./template.js");

/**
 * Return `{body, control, treatment}`: the frozen body and its texts ready to be filled
 * (`treatment` is null without a rollout). Throws TypeError for what is no prompt.
 */
function readDocument(body) {
  checkBody(body);
  const rollout = body.rollout ?? null;
  if (rollout) checkRollout(rollout);
  freeze(body);
  return {
    body,
    control: prepare(body),
    treatment: rollout ? prepare(rollout.treatment) : null,
  };
}

/** Return the document of a caller's fallback: a text, or a list of messages. */
function fallbackDocument(name, fallback) {
  const chat = Array.isArray(fallback);
  const content = chat
    ? {kind: "chat", messages: structuredClone(fallback)} // the caller's own list stays as it is
    : {kind: "text", template: String(fallback)};
  const body = {name, ...content, config: {}, variables: [], output_schema: null};
  const document = readDocument({...body, version: ""});
  // A fallback is the last resort: values that it does not use must not make it fail too.
  return {...document, control: {...document.control, lenient: true}};
}

function checkBody(body) {
  expect(isObject(body), "a prompt is an object");
  expect(typeof body.name === "string", "a prompt has a name");
  expect(typeof body.version === "string", "a prompt has a version");
  if (body.kind === "text") expect(typeof body.template === "string", "a text has a template");
  else expect(body.kind === "chat" && Array.isArray(body.messages), "a chat has messages");
  (body.messages || []).forEach(checkMessage);
  const variables = body.variables ?? [];
  expect(Array.isArray(variables) && variables.every(isNamed), "variables have names");
}

function checkMessage(message) {
  expect(isObject(message), "a message is an object");
  if (message.type === "placeholder") expect(isNamed(message), "a placeholder has a name");
  else expect(isSpoken(message), "a message has a role and a content");
}

function checkRollout(rollout) {
  expect(isObject(rollout), "a rollout is an object");
  expect(typeof rollout.salt === "string", "a rollout has a salt");
  expect(Number.isFinite(rollout.percent), "a rollout has a share");
  checkBody(rollout.treatment);
}

function isSpoken(message) {
  return typeof message.role === "string" && typeof message.content === "string";
}

function isNamed(thing) {
  return isObject(thing) && typeof thing.name === "string";
}

function isObject(thing) {
  return typeof thing === "object" && thing !== null && !Array.isArray(thing);
}

function expect(holds, what) {
  if (!holds) throw new TypeError(`This is no prompt: ${what}.`);
}

/** Freeze all of it: everybody who gets the prompt shares this one object. */
function freeze(thing) {
  if (typeof thing !== "object" || thing === null || Object.isFrozen(thing)) return thing;
  Object.values(thing).forEach(freeze);
  return Object.freeze(thing);
}

module.exports = {readDocument, fallbackDocument};
