"""Small pieces that every request of a person passes through."""

import zoneinfo
from collections.abc import Callable
from typing import Any, cast

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_structlog.middlewares import RequestMiddleware

from registry.runtime.addresses import is_api
from registry.runtime.answers import Problem
from registry.runtime.errors import respond

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestLog(RequestMiddleware):
    """Give every request an id and log it, without what stands behind the question mark."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return method and path: a query may hold search words, units of users, even keys."""
        return f"{request.method} {request.path}"


class SessionsOfPeople(SessionMiddleware):
    """Sessions, of which answers of the API say nothing: they depend on keys, never on cookies."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """Save the session and send its cookie, unless the answer is for a machine."""
        if is_api(request.path):
            return response
        return super().process_response(request, cast(Any, response))


class ViewerTimeZone:
    """Show times in the signed-in person's zone. The API has keys, no people."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api(request.path):
            return self.get_response(request)
        zone = getattr(request.user, "time_zone", "UTC")
        try:
            chosen = zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            chosen = zoneinfo.ZoneInfo("UTC")
        with timezone.override(chosen):
            return self.get_response(request)


class RefuseUnreadableInput:
    """Answer 400 to a NUL character in the address: PostgreSQL cannot store or compare it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path or "%00" in query or "\x00" in query:
            text = "The address holds a NUL character. Remove it and try again."
            if is_api(request.path):
                return respond(Problem(400, "bad_request", text).answer(), request)
            return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
        return self.get_response(request)
