"""What every address here has in common: only reading, and JSON whatever happens."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import unquote

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from registry.release.wire_body import encode
from registry.runtime import last_used
from registry.runtime.answers import JSON, NO_STORE, Answer, Problem, scope_missing, unreachable
from registry.runtime.errors import respond
from registry.runtime.langfuse.basic import REALM, key_of

ALLOW = ("Allow", "GET, HEAD")
VERSION = "0.1.0"  # of this API; Langfuse's own client requires one of a health answer

Document = Mapping[str, Any]
View = Callable[..., HttpResponse]


def reads(view: Callable[..., Document]) -> View:
    """Decorate a view that returns a document, or raises Problem, and needs no key."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, **parts: str) -> HttpResponse:
        try:
            if request.method not in ("GET", "HEAD"):
                raise _only_read()
            body = encode(view(request, **parts))
            answer = Answer(200, (("Content-Type", JSON), NO_STORE), body)
        except Problem as problem:
            answer = problem.answer()
        except (OperationalError, InterfaceError):
            answer = unreachable().answer()
        return respond(answer, request)

    return answered


def reads_with_key(view: Callable[..., Document]) -> View:
    """Decorate a view that takes the request and the key, which has the scope read."""

    @reads
    @wraps(view)
    def keyed(request: HttpRequest, **parts: str) -> Document:
        if "pcms_" in unquote(request.META.get("QUERY_STRING", "")):
            raise _key_in_address()
        key = key_of(request.headers.get("Authorization", ""))
        last_used.note(key.pk)
        if "read" not in key.scopes:
            raise scope_missing("read")
        return view(request, key, **parts)

    return keyed


@reads
def health(request: HttpRequest) -> Document:
    """`GET /api/public/health`: this process answers."""
    return {"status": "OK", "version": VERSION}


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer every other address below /api/public."""
    problem = Problem(
        404,
        "not_found",
        "There is nothing at this address. Of Langfuse's API, prompts can be read here "
        "(/api/public/v2/prompts/{name}), and calls and scores be sent.",
    )
    return respond(problem.answer(), request)


def _only_read() -> Problem:
    return Problem(
        405,
        "method_not_allowed",
        "Prompts are only read here. Versions are saved, reviewed and released on the pages of "
        "promptcms.",
        headers=(ALLOW,),
    )


def _key_in_address() -> Problem:
    return Problem(
        401,
        "key_in_address",
        "The address holds an API key, and addresses end up in logs. Revoke that key, and send "
        "the new one by Basic authentication.",
        headers=(REALM,),
    )
