"""Who works in a project, and the page where an admin changes one person's roles."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.domain.roles import Action, Role
from registry.projects.access import can
from registry.projects.invitations import fault_of
from registry.projects.members import (
    Member,
    deactivate,
    former_members,
    members_of,
    reactivate,
    set_roles,
)
from registry.projects.models import Invitation
from registry.web.forms.fields import add_refusal
from registry.web.forms.people import ReasonForm, RolesForm
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.signin import recent_sign_in

LEAVE_ID = "leave_%s"  # the page holds two fields named reason


@needs(Action.VIEW)
def members(request: ProjectRequest, slug: str) -> HttpResponse:
    """List people with their roles; admins also see the links that wait."""
    project = request.project
    may_manage = can(request.actor, Action.MANAGE_MEMBERS, project)
    now = database_now()
    waiting = Invitation.objects.filter(project=project, used_at=None, revoked_at=None)
    waiting = waiting.select_related("project", "created_by").order_by("expires_at")
    people = members_of(project)
    context = {
        "place": "members",
        "project": project,
        "members": people,
        "former": former_members(project),
        "invitations": [(row, fault_of(row, now=now)) for row in waiting] if may_manage else [],
        "may_manage": may_manage,
        "why_not": why_not(request.actor, Action.MANAGE_MEMBERS, project),
        "nobody_reviews": not any(Role.REVIEWER in member.roles for member in people),
    }
    title = f"Members of {project}"
    return page(request, "registry/projects/members.html", context, title=title)


@needs(Action.MANAGE_MEMBERS)
@recent_sign_in
def member(request: ProjectRequest, slug: str, person: int) -> HttpResponse:
    """Show one person's roles, or change them."""
    found = _member(request, person)
    form = RolesForm(request.POST or None, initial={"roles": [r.value for r in found.roles]})
    if form.is_valid():
        try:
            set_roles(
                request.project, person=found.person, actor=request.actor, **form.cleaned_data
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"The roles of {found.person} are changed.")
            return redirect("members", slug)
    return _member_page(request, found, form, ReasonForm(auto_id=LEAVE_ID))


@needs(post=Action.MANAGE_MEMBERS)
@recent_sign_in
def member_deactivate(request: ProjectRequest, slug: str, person: int) -> HttpResponse:
    """Take every role from somebody and sign them out."""
    found = _member(request, person)
    form = ReasonForm(request.POST, auto_id=LEAVE_ID)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            deactivate(request.project, person=found.person, actor=request.actor, reason=reason)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            if found.person == request.user:
                logout(request)  # the session is gone already; this clears the cookie
                return redirect("home")
            messages.success(request, f"{found.person} is out of {request.project}, at once.")
            return redirect("members", slug)
    roles = RolesForm(initial={"roles": [r.value for r in found.roles]})
    return _member_page(request, found, roles, form)


@needs(post=Action.MANAGE_MEMBERS)
@recent_sign_in
def member_reactivate(request: ProjectRequest, slug: str, person: int) -> HttpResponse:
    """Give a deactivated person the roles they had."""
    found = _one(former_members(request.project), person)
    reason = f"Let in again by {request.user}."
    reactivate(request.project, person=found.person, actor=request.actor, reason=reason)
    messages.success(request, f"{found.person} is back with the roles they had.")
    return redirect("members", slug)


def _member(request: ProjectRequest, person: int) -> Member:
    return _one(members_of(request.project), person)


def _one(people: list[Member], person: int) -> Member:
    """Return the member with that id. Raises Http404: somebody else's people stay unknown."""
    for candidate in people:
        if candidate.person.pk == person:
            return candidate
    raise Http404("There is no such member.")


def _member_page(
    request: ProjectRequest, found: Member, roles: RolesForm, leave: ReasonForm
) -> HttpResponse:
    context = {
        "project": request.project,
        "member": found,
        "form": roles,
        "leave_form": leave,
        "is_self": found.person == request.user,
    }
    status = 400 if roles.errors or leave.errors else 200
    template = "registry/projects/member.html"
    return page(request, template, context, title=str(found.person), status=status)
