"""Who may open which page: every view of ours declares it, and a test reads the declarations.

`needs(Action.X)` for pages of a project, `signed_in` for pages of any signed-in person,
`open_to_all` for the few pages that need no sign-in.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action, Role
from registry.projects.access import NotPermitted, projects_of, require, roles_of
from registry.projects.models import Person, Project
from registry.web.errors import refusal
from registry.web.moved import Renamed, to_new_name

View = Callable[..., HttpResponseBase]
Access = str | dict[str, Action]


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: Person
    actor: Actor
    waiting: int  # set by a page that lists what waits, so that its badge need not count again


class ProjectRequest(PersonRequest):
    """A request of a member of `project` who was found to hold the right."""

    project: Project


def needs(action: Action | None = None, *, post: Action | None = None) -> Callable[[View], View]:
    """Let a view `(request: ProjectRequest, slug, …)` run for members who may do `action`.

    `needs(Action.VIEW)` asks the same for reading and for writing; `post` names another
    action for POST; `needs(post=Action.SUBMIT)` is a POST without a page. Anonymous people
    are sent to the sign-in; for everybody but members the project does not exist (404); a
    missing role, and a `NotPermitted` out of a use-case, are 403 with the sentence that
    names the role and who has it; a `Refused` that the view let through is 409.
    """
    rights = {"GET": action, "HEAD": action, "POST": post or action}

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asked = _with_project(request, slug)
            right = rights.get(request.method or "")
            if right is None:
                return HttpResponseNotAllowed([m for m, r in rights.items() if r])
            require(asked.actor, right, asked.project)
            return view(asked, slug, *args, **kwargs)

        return _mark(signed_in(guarded), {m: r for m, r in rights.items() if r})

    return decorate


def signed_in(view: View) -> View:
    """Let a view `(request: PersonRequest, …)` run for everybody who is signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        asked = cast(PersonRequest, request)
        asked.actor = Actor.of(asked.user)
        try:
            return view(asked, *args, **kwargs)
        except NotPermitted as missing:
            return _not_permitted(asked, missing)
        except Renamed as renamed:
            return to_new_name(request, renamed)
        except Refused as refused:
            return refusal(request, str(refused), title="Not possible now", status=409)
        except ContentError as unreadable:
            return refusal(request, unreadable.message, title="Not readable", status=400)

    return _mark(guarded, "signed in")


def open_to_all(view: View) -> View:
    """Mark a view that needs no sign-in; it must be safe in anybody's hands."""
    return _mark(view, "open")


def access_of(view: View) -> Access | None:
    """Return what a view declared: actions by method, "signed in", "open"; None if nothing."""
    declared: Access | None = getattr(view, "access", None)
    return declared


def _mark(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def _with_project(request: HttpRequest, slug: str) -> ProjectRequest:
    asked = cast(ProjectRequest, request)
    project = projects_of(asked.user).filter(slug=slug).first()
    if project is None:
        raise Http404("There is no such project, or you are not a member of it.")
    asked.project = project
    return asked


def _not_permitted(request: PersonRequest, missing: NotPermitted) -> HttpResponse:
    """Answer which role is missing and who has it, and which roles the person does have."""
    sentence = str(missing)
    project = getattr(request, "project", None)
    if project is not None:
        roles = roles_of(request.user, project)
        held = ", ".join(role.value for role in Role if role in roles)
        sentence += f" Your roles here: {held or 'none'}."
    return refusal(request, sentence, title="Not permitted", status=403)
