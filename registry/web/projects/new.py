"""Open a new project."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from registry.projects.create import create_project, may_create_project
from registry.web.forms.fields import add_refusal
from registry.web.forms.project import ProjectForm
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in


@signed_in
def new_project(request: PersonRequest) -> HttpResponse:
    """Show the form, or create the project and go to its page."""
    if not may_create_project(request.user):
        raise NotPermitted(
            "Somebody who works in a project may open another one, and you are in none. "
            "Ask a colleague for an invitation."
        )
    form = ProjectForm(request.POST or None, initial={"time_zone": request.user.time_zone})
    if form.is_valid():
        try:
            project = create_project(actor=request.actor, **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"{project} exists now, and you hold every role in it.")
            return redirect("project", project.slug)
    status = 400 if form.errors else 200
    context = {"form": form}
    template = "registry/projects/new.html"
    return page(request, template, context, title="New project", status=status)
