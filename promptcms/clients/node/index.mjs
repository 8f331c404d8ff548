// The same by `import`.

import promptcms from "./index.cjs";

export const {
  Client,
  FakeClient,
  PromptcmsError,
  NotFoundError,
  UnauthorizedError,
  ForbiddenError,
  BadRequestError,
  UnavailableError,
  TemplateError,
  ConfigError,
  bucketOf,
} = promptcms;
export default promptcms;
