"use strict";
// The settings: an argument goes before the environment, the environment before the default.

const {ConfigError} = require("./errors.js");

const DEFAULTS = {
  refresh: 10,
  jitter: 0.2,
  maxStale: 60,
  timeout: 2,
  attempts: 3,
  idle: 600,
  label: "production",
  batch: 100,
  batchSeconds: 1,
  waiting: 10000,
  sampleShare: 0,
};
const KEY = /^[\x21-\x7e]+$/;
const PIN = /^(.+)@v?(\d+\.\d+\.\d+)$/;
const YES = new Set(["1", "true", "yes", "on"]);
const NO = new Set(["", "0", "false", "no", "off"]);

/**
 * Return the settings. Throws ConfigError for what cannot work, without the key in it.
 *
 * The keys are functions, so that neither a log nor `util.inspect` shows one.
 */
function readSettings(options = {}, environment = process.env) {
  refuseUnknown(options);
  const given = (name, variable) => options[name] ?? environment[variable] ?? "";
  const offline = readSwitch(options.offline ?? environment.PROMPTCMS_OFFLINE ?? "");
  const url = readUrl(given("url", "PROMPTCMS_URL"), offline);
  const key = readKey(given("key", "PROMPTCMS_KEY"), "PROMPTCMS_KEY", offline);
  const ingest = readKey(
    given("ingestKey", "PROMPTCMS_INGEST_KEY") || key,
    "PROMPTCMS_INGEST_KEY",
    offline,
  );
  const snapshot = given("snapshot", "PROMPTCMS_SNAPSHOT");
  if (offline && !snapshot) {
    throw new ConfigError(
      "PROMPTCMS_OFFLINE needs PROMPTCMS_SNAPSHOT: the file that `promptcms-client pull` writes.",
    );
  }
  return {
    ...numbersOf(options),
    url,
    key: () => key,
    ingestKey: () => ingest,
    label: given("label", "PROMPTCMS_LABEL") || DEFAULTS.label,
    pins: readPins(given("pin", "PROMPTCMS_PIN")),
    snapshot,
    offline,
    sampleShare: readShare(given("sampleShare", "PROMPTCMS_SAMPLE_SHARE")),
  };
}

const NUMBERS = Object.keys(DEFAULTS).filter((name) => !["label", "sampleShare"].includes(name));
const OTHERS = ["url", "key", "ingestKey", "label", "pin", "snapshot", "offline", "sampleShare"];
const PARTS = ["clock", "transport", "random", "log"];

function refuseUnknown(options) {
  const known = [...NUMBERS, ...OTHERS, ...PARTS];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(`There is no setting ${unknown}. Settings: ${known.sort().join(", ")}.`);
  }
}

function numbersOf(options) {
  const numbers = NUMBERS.map((name) => [name, options[name] ?? DEFAULTS[name]]);
  for (const [name, value] of numbers) {
    const least = ["jitter", "maxStale"].includes(name) ? 0 : Number.MIN_VALUE;
    if (typeof value !== "number" || !(value >= least) || !Number.isFinite(value)) {
      throw new ConfigError(
        `The setting ${name} must be a number above 0 (default ${DEFAULTS[name]}).`,
      );
    }
  }
  return Object.fromEntries(numbers);
}

function readUrl(text, offline) {
  if (!text && offline) return "";
  let url = null;
  try {
    url = new URL(text);
  } catch {
    // said below
  }
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new ConfigError(
      "Set PROMPTCMS_URL to the address of promptcms, such as https://prompts.example.com.",
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new ConfigError("PROMPTCMS_URL is an address only: the key belongs into PROMPTCMS_KEY.");
  }
  return url.href.replace(/\/+$/, "");
}

function readKey(text, variable, offline) {
  const key = String(text).trim();
  if (!key && offline) return "";
  if (!KEY.test(key)) {
    throw new ConfigError(
      `Set ${variable} to a key of the project (pcms_…); an admin makes one on the page API keys.`,
    );
  }
  return key;
}

/** Return name -> version of `name@1.2.0, other@2.0.0`, or of an object. */
function readPins(pin) {
  const pairs = typeof pin === "string" ? pin.split(",").map((text) => text.trim()) : null;
  const entries = pairs
    ? pairs.filter(Boolean)
    : Object.entries(pin).map(([name, version]) => `${name}@${version}`);
  return new Map(
    entries.map((text) => {
      const found = PIN.exec(text);
      if (found) return [found[1].trim(), found[2]];
      throw new ConfigError(
        `PROMPTCMS_PIN holds ${JSON.stringify(text)}. Write name@1.2.0, other@2.0.0.`,
      );
    }),
  );
}

function readShare(value) {
  const share = value === "" ? DEFAULTS.sampleShare : Number(value);
  if (share >= 0 && share <= 1) return share;
  throw new ConfigError("PROMPTCMS_SAMPLE_SHARE is a share from 0 (no samples) to 1 (all).");
}

function readSwitch(value) {
  const text = String(value).trim().toLowerCase();
  if (YES.has(text)) return true;
  if (NO.has(text)) return false;
  throw new ConfigError("PROMPTCMS_OFFLINE is a switch: 1 or 0.");
}

module.exports = {readSettings, DEFAULTS};
