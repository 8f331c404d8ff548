"""A sensitive act wants a fresh sign-in: ask for the password in place, then go on."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from axes.utils import reset
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from registry.web.pages import page
from registry.web.permissions import PersonRequest

SIGNED_IN_AT = "signed_in_at"  # in the session: seconds since 1970
PASSWORD = "password_again"

R = TypeVar("R", bound=PersonRequest)


def recent_sign_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a POST through only if the password was entered lately in this session.

    Else the page that asks for it carries everything that was typed; the right password
    goes on with the act as if nothing had been asked. Put it below `needs`, so that nobody
    is asked for a password who may not do the thing anyway.
    """

    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or _is_recent(request):
            return view(request, *args, **kwargs)
        if PASSWORD not in request.POST:
            return _ask(request)
        if not _is_right(request):
            return _ask(request, error="This is not your password. Nothing was done yet.")
        return view(_as_typed_before(request), *args, **kwargs)

    return guarded


def stamp_session(request: HttpRequest, **_: Any) -> None:
    """Note in the session that the password was entered just now."""
    request.session[SIGNED_IN_AT] = int(time.time())


def connect() -> None:
    """Stamp the session at every sign-in. Called once, from the app config.

    Django's signal is the only hook that every way of signing in passes.
    """
    user_logged_in.connect(stamp_session, dispatch_uid="registry.signin.stamp")


def _is_recent(request: PersonRequest) -> bool:
    stamped: int = request.session.get(SIGNED_IN_AT, 0)
    return 0 <= time.time() - stamped < settings.RECENT_SIGN_IN_SECONDS


def _is_right(request: PersonRequest) -> bool:
    """Check the typed password; wrong ones count towards the lock, as at the sign-in."""
    username = request.user.get_username()
    person = authenticate(request, username=username, password=request.POST[PASSWORD])
    if person is None or person != request.user:
        return False
    reset(username=username)
    stamp_session(request)
    return True


def _as_typed_before(request: R) -> R:
    """Take the password out of what the view sees."""
    typed = request.POST.copy()
    del typed[PASSWORD]
    request.POST = typed  # type: ignore[assignment]
    return request


def _ask(request: PersonRequest, *, error: str = "") -> HttpResponseBase:
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in (PASSWORD, "csrfmiddlewaretoken")
    ]
    context = {
        "typed": typed,
        "error": error,
        "password_field": PASSWORD,
        "minutes": settings.RECENT_SIGN_IN_SECONDS // 60,
        "project": getattr(request, "project", None),
        "address": request.get_full_path(),
    }
    title = "Enter your password"
    return page(request, "registry/projects/sign_in_again.html", context, title=title, status=403)
