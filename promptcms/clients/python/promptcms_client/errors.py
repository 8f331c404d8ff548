"""What can go wrong, as types: one for each thing that a caller can do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping


class PromptcmsError(Exception):
    """The base of all errors. `message` says what is wrong and what to do next.

    `code` and `field` are the server's words for programs (`label_not_found`, `version`),
    `status` its HTTP status; each is None where the server said nothing.
    """

    kind = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.field = field

    def again(self) -> PromptcmsError:
        """Return an equal error, for another thread to raise with a traceback of its own."""
        return type(self)(self.message, code=self.code, status=self.status, field=self.field)


class NotFound(PromptcmsError):
    """There is no such prompt, label or version for this key."""

    kind = "not_found"


class Unauthorized(PromptcmsError):
    """The key is missing, wrong, revoked or expired."""

    kind = "unauthorized"


class Forbidden(PromptcmsError):
    """The key is good, but not for this."""

    kind = "forbidden"


class BadRequest(PromptcmsError):
    """The server does not understand the question; `field` names the part."""

    kind = "bad_request"


class Unavailable(PromptcmsError):
    """The server is away, overloaded, or answers with something that is no prompt."""

    kind = "unavailable"


class TemplateError(PromptcmsError):
    """A prompt cannot be filled with these values; the message names the variables."""

    kind = "template"


class ConfigError(PromptcmsError):
    """A setting is missing or wrong; the message names it."""

    kind = "config"


_REFUSALS = {401: Unauthorized, 403: Forbidden, 404: NotFound}


def refusal(status: int, body: bytes) -> PromptcmsError:
    """Return the error that an answer other than 200 and 304 stands for."""
    said = _said(body)
    kind: type[PromptcmsError] = Unavailable
    if 400 <= status < 500 and status != 429:
        kind = _REFUSALS.get(status, BadRequest)
    message = said.get("message") or _sentence(status)
    return kind(message, code=said.get("error"), status=status, field=said.get("field"))


def _said(body: bytes) -> Mapping[str, str]:
    """Return the texts of an error's body, none when it is no error of the server."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _sentence(status: int) -> str:
    if 300 <= status < 400:
        return f"The server answered with a redirect ({status}). Set PROMPTCMS_URL to its address."
    if status == 404:
        return "Nothing answers at this address (404). Check PROMPTCMS_URL."
    return f"The server answered {status} without saying why. Look at its log."
