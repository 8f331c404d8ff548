"use strict";
// The server's addresses: what is asked, and what its answers mean.

const {readDocument} = require("./document.js");
const {CLIENT, callerHeader, processName} = require("./caller.js");
const {UnavailableError, errorOf} = require("./errors.js");

const LIMIT = 8 * 1024 * 1024; // bytes of an answer

/** Asks one promptcms server with the keys of the settings. */
class Server {
  #settings;
  #transport;

  constructor(settings, transport) {
    this.#settings = settings;
    this.#transport = transport;
    this.process = processName();
  }

  /**
   * Ask for a prompt `{name, label, version}` and return `{document, etag, generation, stale}`;
   * `document` is null when it is unchanged since `etag`, `stale` is the server's own age of the
   * answer in seconds or null. Throws PromptcmsError; UnavailableError means that it may be tried again.
   */
  async prompt(question, etag, variables) {
    const headers = {"x-pcms-client": callerHeader(CLIENT, this.process, variables)};
    if (etag) headers["if-none-match"] = etag;
    const answer = await this.#get(promptPath(question), headers);
    const facts = {
      etag: answer.headers.etag ?? "",
      generation: answer.headers["x-pcms-generation"] ?? "",
      stale: staleSeconds(answer.headers["x-pcms-stale"]),
    };
    if (answer.status === 304 && etag) return {document: null, ...facts};
    return {document: documentOf(answer), ...facts};
  }

  /** Ask for all prompts of a label whose names start with `prefix`; return the server's object. */
  async bundle(label, prefix) {
    const query = `label=${encode(label)}&prefix=${encode(prefix)}`;
    const answer = await this.#get(`/api/v1/bundle?${query}`, {}, {limit: 4 * LIMIT, timeout: 60});
    if (answer.status !== 200) throw errorOf(answer.status, answer.body);
    return parsed(answer.body);
  }

  /** Send a batch of observations; return the status of the answer. Throws UnavailableError. */
  async observations(batch) {
    const answer = await this.#send({
      method: "POST",
      path: "/api/v1/observations",
      headers: {
        authorization: `Bearer ${this.#settings.ingestKey()}`,
        "content-type": "application/json",
        "x-pcms-client": callerHeader(CLIENT, this.process, null),
      },
      body: JSON.stringify({observations: batch}),
    });
    return answer.status;
  }

  #get(path, headers, more = {}) {
    const authorization = `Bearer ${this.#settings.key()}`;
    return this.#send({method: "GET", path, headers: {authorization, ...headers}, ...more});
  }

  async #send({path, headers, ...request}) {
    const {url, timeout} = this.#settings;
    const standard = {accept: "application/json", "user-agent": CLIENT};
    try {
      return await this.#transport.send({
        url,
        path: new URL(url).pathname.replace(/\/$/, "") + path,
        headers: {...standard, ...headers},
        timeout,
        limit: LIMIT,
        ...request,
      });
    } catch (error) {
      const why = error.code || error.message || "no answer";
      throw new UnavailableError(
        `promptcms cannot be reached at ${url}: ${why}. Check PROMPTCMS_URL and whether the server runs.`,
      );
    }
  }
}

/** Return the address of a prompt; its slashes stay slashes. */
function promptPath({name, label, version}) {
  const path = `/api/v1/prompts/${name.split("/").map(encode).join("/")}`;
  return version ? `${path}?version=${encode(version)}` : `${path}?label=${encode(label)}`;
}

/** Percent-encode everything but letters, digits and `-._~`; a lone surrogate becomes U+FFFD. */
function encode(text) {
  const whole = Buffer.from(String(text), "utf8").toString("utf8");
  return encodeURIComponent(whole).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function documentOf({status, headers, body}) {
  if (status !== 200) throw errorOf(status, body, headers["retry-after"]);
  try {
    return readDocument(parsed(body));
  } catch (error) {
    throw new UnavailableError(`The server's answer cannot be used. ${error.message}`, {status});
  }
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    // What a parser says would quote the body.
    throw new UnavailableError(
      "The answer is no JSON. Check that PROMPTCMS_URL names promptcms itself.",
    );
  }
}

function staleSeconds(header) {
  if (header === undefined) return null;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

module.exports = {Server, promptPath};
