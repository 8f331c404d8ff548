"use strict";
// promptcms-client: fetches prompts, fills them, and reports how they did.

module.exports = {
  Client: require("./lib/client.js").Client,
  FakeClient: require("./lib/fake.js").FakeClient,
  PromptcmsError: require("./lib/errors.js").PromptcmsError,
  NotFoundError: require("./lib/errors.js").NotFoundError,
  UnauthorizedError: require("./lib/errors.js").UnauthorizedError,
  ForbiddenError: require("./lib/errors.js").ForbiddenError,
  BadRequestError: require("./lib/errors.js").BadRequestError,
  UnavailableError: require("./lib/errors.js").UnavailableError,
  TemplateError: require("./lib/errors.js").TemplateError,
  ConfigError: require("./lib/errors.js").ConfigError,
  bucketOf: require("./lib/assignment.js").bucketOf,
};
