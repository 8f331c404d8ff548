"use strict";
// What can go wrong. An error says what is wrong and what to do next; it never holds a key or a value.

/** The base of all errors of this package; `kind` tells them apart for programs. */
class PromptcmsError extends Error {
  /** `details`: code, status and field as the server said them. */
  constructor(message, {code = "", status = 0, field = ""} = {}) {
    super(message);
    this.name = this.constructor.name;
    this.kind = this.constructor.kind;
    this.code = code || this.kind;
    this.status = status;
    this.field = field;
  }
}

/** There is no such prompt, label or version for this key. */
class NotFoundError extends PromptcmsError {
  static kind = "not_found";
}

/** The key is missing, unknown, expired or revoked. */
class UnauthorizedError extends PromptcmsError {
  static kind = "unauthorized";
}

/** The key is good, but not for this. */
class ForbiddenError extends PromptcmsError {
  static kind = "forbidden";
}

/** The question is wrong; `field` names the part of it. */
class BadRequestError extends PromptcmsError {
  static kind = "bad_request";
}

/** The server is away, busy, or answers something that is no prompt. Trying again may help. */
class UnavailableError extends PromptcmsError {
  static kind = "unavailable";

  /** `retryAfter`: seconds that the server asks to wait, or 0. */
  constructor(message, {retryAfter = 0, ...details} = {}) {
    super(message, details);
    Object.defineProperty(this, "retryAfter", {value: retryAfter, enumerable: false});
  }
}

/** A text cannot be filled: a value is missing, unknown, or of a wrong type. */
class TemplateError extends PromptcmsError {
  static kind = "template";
}

/** The client's own settings are wrong. */
class ConfigError extends PromptcmsError {
  static kind = "config";
}

const BY_STATUS = {401: UnauthorizedError, 403: ForbiddenError, 404: NotFoundError};
const PASSING = new Set([408, 425, 429]);
const LONGEST_MESSAGE = 500;

/** Return the error for an answer that is no success; `body` is its text. */
function errorOf(status, body = "", retryAfter = "") {
  const said = saidIn(body);
  const details = {status, code: said.error, field: said.field};
  if (status < 400 || status >= 500 || PASSING.has(status)) {
    const text =
      said.message || `The promptcms server answered ${status}. It may be busy or restarting.`;
    const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : 0;
    return new UnavailableError(text, {...details, retryAfter: seconds});
  }
  const Kind = BY_STATUS[status] || BadRequestError;
  const text = said.message || `The promptcms server answered ${status}. Check PROMPTCMS_URL.`;
  return new Kind(text, details);
}

/** Return `{error, message, field}` of an error's body; what is no text is left out. */
function saidIn(body) {
  let said = null;
  try {
    said = JSON.parse(body);
  } catch {
    // A proxy's page: there is nothing in it for a program.
  }
  const text = (value) => (typeof value === "string" ? value.slice(0, LONGEST_MESSAGE) : "");
  return {error: text(said?.error), message: text(said?.message), field: text(said?.field)};
}

module.exports = {
  PromptcmsError,
  NotFoundError,
  UnauthorizedError,
  ForbiddenError,
  BadRequestError,
  UnavailableError,
  TemplateError,
  ConfigError,
  errorOf,
};
