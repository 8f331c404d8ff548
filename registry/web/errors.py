"""Plain answers when a page cannot be shown."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere: say so, and that nothing was changed."""
    return render(request, "registry/csrf_failure.html", status=403)
