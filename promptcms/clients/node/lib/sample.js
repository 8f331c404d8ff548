"use strict";
// The text of a call that goes along with its report: of a share of the calls, and not too long.

const {BUCKETS, bucketOf} = require("./assignment.js");

const SALT = "sample";
const MOST_BYTES = 64 * 1024; // of one sample, as it is sent
const MOST_WAITING = 512 * 1024; // of all that wait; what comes on top goes without its sample

/** Does a call with this id carry its sample? By a hash of the id alone: alike in both arms. */
function isChosen(id, share) {
  return bucketOf(SALT, id) < share * BUCKETS;
}

/** Return `{found, size}`: what is sent of a sample, and its bytes; or `{why}` it cannot be sent. */
function readSample(sample) {
  if (!isObject(sample)) return {why: "it is no sample"};
  const {input = "", output, context} = sample;
  if (isObject(input)) {
    if (!Object.values(input).every(isPlain))
      return {why: "the values of its input are texts, numbers, true or false"};
  } else if (typeof input !== "string") {
    return {why: "its input is a text, or values by the names of variables"};
  }
  const texts = context ?? [];
  if (typeof output !== "string" || !Array.isArray(texts) || !texts.every(isText))
    return {why: "its output is a text, its context a list of texts"};
  const found = {input, output, ...(texts.length ? {context: texts} : {})};
  const written = JSON.stringify(found);
  const size = Buffer.byteLength(written);
  if (size > MOST_BYTES) return {why: `it has more than ${MOST_BYTES / 1024} KiB`};
  return {found: JSON.parse(written), size}; // a copy: what the application changes later stays out
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value) {
  return typeof value === "string";
}

function isPlain(value) {
  return isText(value) || typeof value === "boolean" || Number.isFinite(value);
}

module.exports = {MOST_WAITING, isChosen, readSample};
