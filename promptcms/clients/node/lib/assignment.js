"use strict";
// Which unit (user, conversation) gets the treatment: a stable hash, the same in every client.

const {createHash} = require("node:crypto");

const BUCKETS = 10000;

/**
 * Return the bucket, 0 to 9999, of a unit. 13 hexadecimal digits are 52 bits, which a number holds
 * exactly. A lone surrogate counts as U+FFFD: that is how UTF-8 is written here.
 */
function bucketOf(salt, unit) {
  const digest = createHash("sha256").update(`${salt}:${unit}`, "utf8").digest("hex");
  return Number.parseInt(digest.slice(0, 13), 16) % BUCKETS;
}

/** Does a bucket belong to the treatment while it has `percent` (0 to 100) of the units? */
function inTreatment(bucket, percent) {
  return bucket < percent * 100;
}

/**
 * Return who is served by a rollout: `{variant, assignment, bucket}`.
 *
 * `rollout` may be null. Without a `unit` the call is drawn by `random`, which returns 0 to 1.
 */
function assign(rollout, unit, random) {
  if (!rollout) return {variant: "control", assignment: "none", bucket: null};
  const known = unit !== undefined && unit !== null && unit !== "";
  const bucket = known ? bucketOf(rollout.salt, String(unit)) : Math.floor(random() * BUCKETS);
  return {
    variant: inTreatment(bucket, rollout.percent) ? "treatment" : "control",
    assignment: known ? "hash" : "random",
    bucket: known ? bucket : null,
  };
}

module.exports = {BUCKETS, bucketOf, inTreatment, assign};
