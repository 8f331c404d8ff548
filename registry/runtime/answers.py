"""What the API answers, without any framework: status, headers, bytes; and its refusals."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

JSON = "application/json"
NO_STORE = ("Cache-Control", "no-store")
GENERATION_HEADER = "X-Pcms-Generation"
STALE_HEADER = "X-Pcms-Stale"
SHOWN = 80  # characters of a name that is sent back
AUTHENTICATE = ("WWW-Authenticate", 'Bearer realm="promptcms"')


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `headers` hold everything but the length of the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(eq=False)
class Problem(Exception):
    """A refusal: `code` for programs, `message` a sentence that says what to do next."""

    status: int
    code: str
    message: str
    field: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self) -> Answer:
        """Return it as an HTTP answer; refusals are never stored by caches."""
        headers = (("Content-Type", JSON), NO_STORE, *self.headers)
        return Answer(self.status, headers, self.body())

    def body(self) -> bytes:
        """Return `{"error": code, "message": sentence, "field"?: name}`."""
        document = {"error": self.code, "message": self.message}
        if self.field:
            document["field"] = self.field
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        return text.encode(errors="replace")  # what is sent back may hold half a character


def unauthorized() -> Problem:
    """The one answer to a missing, unknown, malformed, revoked or expired key."""
    return Problem(
        401,
        "unauthorized",
        "Send a valid API key in the header: Authorization: Bearer pcms_… "
        "Keys are made on the project's page API keys.",
        headers=(AUTHENTICATE,),
    )


def key_in_address() -> Problem:
    """A key in an address ends up in logs and histories, so it is refused even if valid."""
    return Problem(
        401,
        "key_in_address",
        "The address holds an API key, and addresses end up in logs. Revoke that key, and send "
        "the new one in the header: Authorization: Bearer pcms_…",
        headers=(AUTHENTICATE,),
    )


def scope_missing(scope: str) -> Problem:
    """The key is good, but not for this."""
    return Problem(
        403,
        "scope_missing",
        f"This key does not have the scope {scope}. Use a key that has it; an admin of the "
        "project makes one on the page API keys.",
    )


def label_forbidden(label: str, readable: Iterable[str], field: str = "") -> Problem:
    """The key reads labels, but not this one."""
    return Problem(
        403,
        "label_forbidden",
        f"This key may read {', '.join(sorted(readable))}, not {label}. Use a key for {label}; "
        "an admin of the project makes one on the page API keys.",
        field,
    )


def no_prompt(name: str, headers: tuple[tuple[str, str], ...] = ()) -> Problem:
    """The project of the key has no prompt of that name, nor one that had it."""
    shown = name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
    return Problem(
        404,
        "prompt_not_found",
        f"There is no prompt {shown!r} in the project of this key. Check the name, and that "
        "the key belongs to the right project.",
        headers=headers,
    )


def no_version(
    name: str, what: str, field: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> Problem:
    """The prompt is there, but the key sees no such version; `what` is like "version 2.4.0"."""
    return Problem(
        404,
        "version_not_found",
        f"{name} has no {what} that this key may read. A key reads the versions that hold or "
        "held one of its labels.",
        field,
        headers,
    )


def busy() -> Problem:
    """Too many requests wait for the database in this process for one more."""
    return Problem(
        503,
        "busy",
        "Many requests wait for the database at the moment. Try again in a few seconds.",
        headers=(("Retry-After", "2"),),
    )


def unreachable() -> Problem:
    """The database does not answer; nothing is known to be wrong with the request."""
    return Problem(
        503,
        "unavailable",
        "The database cannot be reached at the moment. Try again in a second.",
        headers=(("Retry-After", "1"),),
    )
