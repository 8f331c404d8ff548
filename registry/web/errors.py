"""Plain answers when a page cannot be shown."""

import sys

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry.web.pages import page


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere: say so, and that nothing was changed."""
    return render(request, "registry/csrf_failure.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the address or the form cannot be read, or is too large (413)."""
    if isinstance(exception, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
        sentence = f"What you sent is larger than {limit} KiB. Go back, shorten it, send it again."
        return refusal(request, sentence, title="Too large", status=413)
    if isinstance(exception, TooManyFilesSent):
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        sentence = f"You gave more than {limit} files at once. Give them in several parts."
        return refusal(request, sentence, title="Too many files", status=413)
    sentence = "This address or form holds something that cannot be read. Go back and try again."
    return refusal(request, sentence, title="Not readable", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say which role is missing and who has it."""
    sentence = str(exception or "") or "You may not do this here."
    return refusal(request, sentence, title="Not permitted", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is nothing here for this person; whether it exists stays untold."""
    sentence = "There is nothing at this address, or it belongs to a project you are not in."
    return refusal(request, sentence, title="Not found", status=404)


def refusal(request: HttpRequest, sentence: str, *, title: str, status: int) -> HttpResponse:
    """Answer one sentence, in the shell for people who are signed in."""
    # Without a user the request was refused before anybody asked who sends it.
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        return page(
            request, "registry/refusal.html", {"sentence": sentence}, title=title, status=status
        )
    context = {"sentence": sentence, "title": title, "offer_sign_in": person is not None}
    return render(request, "registry/refusal_plain.html", context, status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Apologise without touching the database, and give the number that finds the log line.

    A database that is away or busy is no fault of ours: 503, and when to try again.
    """
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    context = {"request_id": request_id, "away": away}
    status = 503 if away else 500
    response = render(request, "registry/server_error.html", context, status=status)
    if away:
        response.headers["Retry-After"] = "5"
    return response
