"""Everything under /api/ answers JSON, whatever went wrong: `{"error", "message", "field"?}`."""

import sys
from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException

from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from registry.runtime.addresses import is_api
from registry.runtime.answers import Answer, Problem, unreachable

CODES = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
SENTENCES = {
    400: "The request cannot be read. Check its address, its host and its body.",
    403: "This is not permitted with this key.",
    404: "There is nothing at this address. The API begins at /api/v1/.",
    405: "This address does not take that method; the header Allow names those it takes.",
    413: "The body is larger than 1 MiB. Send less.",
    415: "Send the body as JSON, with the header Content-Type: application/json.",
}


def respond(answer: Answer, request: HttpRequest) -> HttpResponse:
    """Return the answer as Django sends it; HEAD keeps the headers, its length included."""
    response = HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
    if answer.status == 304:
        del response["Content-Type"]
    elif request.method == "HEAD":
        response["Content-Length"] = str(len(answer.body))
        response.content = b""
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Turn what a view of the API raised into a JSON answer; None for what is our own fault.

    Our own faults go on to Django, which logs them and asks `api_or_page` for the answer.
    """
    request = context["request"]._request
    problem = _problem(error)
    return respond(problem.answer(), request) if problem else None


def api_or_page(status: int, page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return an error handler: JSON under /api/, `page` elsewhere."""

    def handler(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_api(request.path):
            return page(request, *args, **kwargs)
        problem = _fault() if status == 500 else _standard(status)
        return respond(problem.answer(), request)

    return handler


@csrf_exempt
def api_not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer every address under /api/ that is not one."""
    return respond(_standard(404).answer(), request)


def _problem(error: Exception) -> Problem | None:
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refused):
        return Problem(409, "refused", str(error), getattr(error, "field", ""))
    if isinstance(error, NotPermitted):
        return Problem(403, "forbidden", str(error))
    if isinstance(error, OperationalError | InterfaceError):
        return unreachable()
    if isinstance(error, RequestDataTooBig):
        return _standard(413)
    if isinstance(error, APIException):
        return _standard(error.status_code, getattr(error, "detail", ""))
    return None


def _standard(status: int, detail: object = "") -> Problem:
    return Problem(status, CODES.get(status, "error"), SENTENCES.get(status, str(detail)))


def _fault() -> Problem:
    """Return what to say of the exception being handled: the database is away, or our fault."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return unreachable() if away else _internal()


def _internal() -> Problem:
    """Tell nothing but the number under which our log has it."""
    number = structlog.contextvars.get_contextvars().get("request_id", "")
    text = "Something broke on our side. Try again; if it breaks again, report this number"
    return Problem(500, "internal_error", f"{text}: {number}." if number else f"{text}.")
