"""Sign in again in place: a session that ended while somebody typed costs them no word.

Scripts ask `session` whether somebody is signed in and post a password to it. Without a
script, a form that meets the sign-in is carried through it by `keeps_what_was_typed`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from promptcms.site import site
from registry.domain.fields import whole_number
from registry.projects.models import Person
from registry.web.pages import page
from registry.web.permissions import open_to_all

USERNAME, PASSWORD, PERSON = "sign_in_name", "sign_in_password", "person"
TYPED = "save_token"  # a form that carries it holds somebody's work


@open_to_all
@never_cache
@sensitive_post_parameters(PASSWORD)
def session(request: HttpRequest) -> HttpResponse:
    """Answer JSON: who is signed in (GET), or sign `person` in again (POST).

    A wrong password counts as at the sign-in page. Somebody else's is refused: the text on
    the page belongs to `person`.
    """
    get_token(request)  # a browser without the cookie gets one, so that it can post
    if request.method == "POST":
        refusal = _sign_in(request)
        if refusal:
            return JsonResponse({"message": refusal}, status=422)
    known = request.user.is_authenticated
    return JsonResponse(
        {
            "person": request.user.pk if known else None,
            "name": request.user.get_username() if known else "",
        }
    )


def keeps_what_was_typed(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Carry a typed form through the sign-in when its session has ended; put it above `needs`.

    The page asks for name and password and holds every field; the right ones go on with the
    post as if nothing had happened.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        holds_work = request.method == "POST" and request.POST.get(TYPED)
        if request.user.is_authenticated or not holds_work:
            return view(request, *args, **kwargs)
        error = ""
        if PASSWORD in request.POST:
            error = _sign_in(request)
            if not error:
                return view(_as_typed_before(request), *args, **kwargs)
        return _ask(request, error)

    return guarded


def _sign_in(request: HttpRequest) -> str:
    """Sign in who typed the form; return why that did not work, "" when it did."""
    data = {"username": request.POST.get(USERNAME, ""), "password": request.POST.get(PASSWORD, "")}
    form = site.login_form(request, data=data)
    if not form.is_valid():
        return " ".join(message for messages in form.errors.values() for message in messages)
    person = form.get_user()
    expected = request.POST.get(PERSON, "")
    if expected and expected != str(person.pk):
        return (
            f"This is the password of {person}, and the text on this page is "
            f"{_name_of(expected)}'s. Only they can go on with it here."
        )
    login(request, person)
    return ""


def _name_of(pk: str) -> str:
    found = Person.objects.filter(pk=whole_number(pk) or 0).first()
    return str(found) if found else "somebody else"


def _ask(request: HttpRequest, error: str) -> HttpResponse:
    """Answer the sign-in that holds what was typed."""
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in (USERNAME, PASSWORD, "csrfmiddlewaretoken")
    ]
    context = {
        "kept": kept,
        "error": error,
        "name": request.POST.get(USERNAME, ""),
        "name_field": USERNAME,
        "password_field": PASSWORD,
        "address": request.get_full_path(),
    }
    return page(request, "registry/sign_in_to_go_on.html", context, title="Sign in", status=403)


def _as_typed_before(request: HttpRequest) -> HttpRequest:
    """Take name and password out of what the view sees."""
    typed = request.POST.copy()
    for name in (USERNAME, PASSWORD):
        typed.pop(name, None)
    request.POST = typed  # type: ignore[assignment]
    return request
