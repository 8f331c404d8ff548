"""The two pages behind a one-time link: joining a project, and setting up an installation."""

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.projects.invitations import accept, accept_as_new, fault_of, find_invitation
from registry.projects.models import Invitation, Person
from registry.projects.setup import complete_setup
from registry.web.forms.fields import add_refusal
from registry.web.forms.people import AccountForm, SetUpForm
from registry.web.permissions import open_to_all

BACKEND = "django.contrib.auth.backends.ModelBackend"
UNKNOWN = "This link is not known. Copy it whole, or ask for a new one."


@open_to_all
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join a project: with a new account, or with the one that is signed in."""
    found = find_invitation(token)
    fault = fault_of(found, now=database_now()) if found else UNKNOWN
    if found is None or found.project is None or fault:
        return _dead_link(request, fault, used=bool(found and found.used_at))
    if isinstance(request.user, Person):
        return _join_signed_in(request, token, found, request.user)
    initial = {"email": found.email, "time_zone": found.project.time_zone}
    form = AccountForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            person, project = accept_as_new(token, **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            login(request, person, backend=BACKEND)
            messages.success(request, f"Welcome to {project}, {person}.")
            return redirect("project", project.slug)
    context = {"invitation": found, "project": found.project, "form": form}
    return _plain(request, "registry/projects/join.html", context, bool(form.errors))


@open_to_all
@sensitive_post_parameters("password")
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first person, their project and its preset."""
    found = find_invitation(token, set_up=True)
    fault = fault_of(found, now=database_now()) if found else UNKNOWN
    if fault:
        return _dead_link(request, fault, used=bool(found and found.used_at))
    form = SetUpForm(request.POST or None)
    if form.is_valid():
        try:
            person, project = complete_setup(token, **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            login(request, person, backend=BACKEND)
            messages.success(request, f"{project} is ready. Create its first prompt.")
            return redirect("project", project.slug)
    return _plain(request, "registry/projects/setup.html", {"form": form}, bool(form.errors))


def _join_signed_in(
    request: HttpRequest, token: str, found: Invitation, person: Person
) -> HttpResponse:
    if request.method == "POST":
        try:
            project = accept(token, person=person)
        except Refused as refused:
            return _dead_link(request, str(refused), used=True)
        messages.success(request, f"You are now in {project}.")
        return redirect("project", project.slug)
    context = {"invitation": found, "project": found.project, "person": person}
    return _plain(request, "registry/projects/join.html", context, False)


def _dead_link(request: HttpRequest, fault: str, *, used: bool) -> HttpResponse:
    """Say why the link does not work: 404 for an unknown one, 410 for one that is over."""
    status = 404 if fault == UNKNOWN else 410
    context = {"fault": fault, "used": used}
    response = render(request, "registry/projects/dead_link.html", context, status=status)
    return _private(response)


def _plain(
    request: HttpRequest, template: str, context: Mapping[str, object], wrong: bool
) -> HttpResponse:
    response = render(request, template, context, status=400 if wrong else 200)
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    """Keep a page whose address holds a token out of shared caches."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response
