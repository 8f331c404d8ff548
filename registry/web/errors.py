"""Plain answers when a page cannot be shown."""

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry.web.pages import page


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere: say so, and that nothing was changed."""
    return render(request, "registry/csrf_failure.html", status=403)


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
    context = {"sentence": sentence}
    if request.user.is_authenticated:
        return page(request, "registry/refusal.html", context, title=title, status=status)
    context["title"] = title
    return render(request, "registry/refusal_plain.html", context, status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Apologise without touching the database, and give the number that finds the log line."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return render(request, "registry/server_error.html", {"request_id": request_id}, status=500)
