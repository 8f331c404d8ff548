"use strict";
// HTTP over kept connections. Redirects are not followed: a key goes nowhere else.

const http = require("node:http");
const https = require("node:https");

const CONNECTIONS = 16;
const LOST = new Set(["ECONNRESET", "EPIPE"]);

/** Sends requests to one server over a pool of connections that stay open. */
class HttpTransport {
  #agent;
  #library;

  constructor(url) {
    this.#library = new URL(url).protocol === "https:" ? https : http;
    this.#agent = new this.#library.Agent({keepAlive: true, maxSockets: CONNECTIONS});
  }

  /**
   * Send `{method, url, path, headers, body, timeout, limit}` (seconds, bytes) and return
   * `{status, headers, body}`, the body as text. Throws an Error when no whole answer came.
   */
  async send(request) {
    try {
      return await this.#attempt(request);
    } catch (error) {
      // The server may close an idle connection in the moment in which it is used again.
      if (!error.onKeptConnection) throw error;
      return this.#attempt(request);
    }
  }

  /** Close the idle connections. */
  close() {
    this.#agent.destroy();
  }

  #attempt({method, url, path, headers, body = "", timeout, limit}) {
    const bytes = Buffer.from(body);
    const length = bytes.length ? {"content-length": bytes.length} : {};
    const {hostname, port} = new URL(url);
    const options = {
      method,
      path,
      hostname: hostname.replace(/^\[|\]$/g, ""), // an IPv6 address
      port,
      headers: {...headers, ...length},
      agent: this.#agent,
    };
    return new Promise((resolve, reject) => {
      const sent = this.#library.request(options, (answer) => {
        collect(answer, limit).then(resolve, reject);
      });
      const timer = setTimeout(
        () => sent.destroy(new Error(`no answer within ${timeout} s`)),
        timeout * 1000,
      );
      sent.on("close", () => clearTimeout(timer));
      sent.on("error", (error) => {
        const kept = sent.reusedSocket && LOST.has(error.code);
        reject(kept ? Object.assign(error, {onKeptConnection: true}) : error);
      });
      sent.end(bytes);
    });
  }
}

/** Read an answer to its end, at most `limit` bytes of it. */
async function collect(answer, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > limit) {
      answer.destroy();
      throw new Error(`the answer is larger than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString("utf8");
  return {status: answer.statusCode, headers: answer.headers, body};
}

module.exports = {HttpTransport};
