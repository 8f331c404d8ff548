"""Leave the demo: its people are switched off, its keys end, its project is hidden."""

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.demo import demo_people, leave_demo, why_not_leave
from registry.projects.models import Project
from registry.projects.setup import setup_link
from registry.runtime.keys import end_keys, live_keys
from registry.web.forms.fields import add_refusal
from registry.web.forms.people import ReasonForm
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.signin import recent_sign_in


@needs(Action.MANAGE_PROJECT)
@recent_sign_in
def demo_leave(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show what will happen, or do it; whoever clicked may be switched off too."""
    project = request.project
    form = ReasonForm(request.POST or None, initial={"reason": "We start for real."})
    if form.is_valid():
        try:
            link = _leave(request, project, request.actor, form.cleaned_data["reason"])
        except Refused as refused:
            add_refusal(form, refused)
        else:
            logout(request)
            return render(request, "registry/projects/demo_left.html", {"link": link})
    context = {
        "project": project,
        "form": form,
        "fault": why_not_leave(project),
        "people": demo_people(),
        "keys": live_keys().filter(project=project).count(),
    }
    status = 400 if form.errors else 200
    template = "registry/projects/demo.html"
    return page(request, template, context, title="Leave the demo", status=status)


def _leave(request: HttpRequest, project: Project, actor: Actor, reason: str) -> str | None:
    """Do it in one transaction; return the set-up link if nobody can sign in after it."""
    with transaction.atomic():
        leave_demo(project, actor=actor, reason=reason)
        end_keys(project, actor=actor, reason=reason)
        return setup_link(request.build_absolute_uri("/"))
