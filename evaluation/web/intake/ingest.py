"""What the addresses share to which tracers and Langfuse's SDKs send: a key, and a bounded body."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import unquote

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from evaluation.online.otlp.inflate import inflate
from evaluation.online.otlp.spans import LARGEST, TooLargeError, UndecodableError
from registry.runtime import last_used
from registry.runtime.answers import Problem, key_in_address, scope_missing, unreachable
from registry.runtime.answers import unauthorized as no_bearer
from registry.runtime.core import secret_of
from registry.runtime.errors import respond
from registry.runtime.keys import authenticate
from registry.runtime.langfuse.basic import key_of as key_of_pair
from registry.runtime.langfuse.basic import unauthorized as no_pair
from registry.runtime.models import ApiKey

SCOPE = "ingest"
ALLOW = ("Allow", "POST")

View = Callable[[HttpRequest, ApiKey, bytes], HttpResponse]
Say = Callable[[HttpRequest, Problem], HttpResponse]


def in_json(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Answer a problem as the API does."""
    return respond(problem.answer(), request)


def ingests(say: Say = in_json) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """Decorate a view that takes the request, a key with the scope ingest, and the body inflated.

    A view raises Problem, UndecodableError (400) or TooLargeError (413); `say` answers these.
    """

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest) -> HttpResponse:
            try:
                key = _key(request)
                return view(request, key, _body(request))
            except Problem as problem:
                return say(request, problem)
            except UndecodableError as error:
                return say(request, Problem(400, "bad_request", str(error)))
            except TooLargeError as error:
                return say(request, Problem(413, "too_large", str(error)))
            except (OperationalError, InterfaceError):
                return say(request, unreachable())

        return answered

    return decorate


def _key(request: HttpRequest) -> ApiKey:
    """Return the key that the request came with. Raises Problem (401, 403, 405)."""
    if request.method != "POST":
        text = "This address only takes POST: calls and scores are sent here, and read nowhere."
        raise Problem(405, "method_not_allowed", text, headers=(ALLOW,))
    if "pcms_" in unquote(request.META.get("QUERY_STRING", "")):
        raise key_in_address()
    authorization = request.headers.get("Authorization", "")
    if authorization.strip().lower().startswith("basic"):
        key: ApiKey | None = key_of_pair(authorization)
    else:
        key = authenticate(secret_of(authorization))
    if key is None:
        raise no_pair() if request.path.startswith("/api/public/") else no_bearer()
    last_used.note(key.pk)
    if SCOPE not in key.scopes:
        raise scope_missing(SCOPE)
    return key


def _body(request: HttpRequest) -> bytes:
    """Return the body, inflated. Raises Problem, UndecodableError, TooLargeError."""
    try:
        body = request.read(LARGEST + 1)
    except UnreadablePostError:
        raise Problem(400, "bad_request", "The body ended too early. Send it again.") from None
    return inflate(body, request.headers.get("Content-Encoding", ""))
