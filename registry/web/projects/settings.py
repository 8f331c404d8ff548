"""Rename a project, change its time zone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.edit import edit_project
from registry.web.forms.fields import add_refusal
from registry.web.forms.project import ProjectSettingsForm
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs


@needs(Action.MANAGE_PROJECT)
def project_settings(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the form, or save it."""
    project = request.project
    now = {"name": project.name, "time_zone": project.time_zone}
    form = ProjectSettingsForm(request.POST or None, initial=now)
    if form.is_valid():
        try:
            edit_project(project, actor=request.actor, **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "Saved.")
            return redirect("project", slug)
    context = {"project": project, "form": form}
    status = 400 if form.errors else 200
    template = "registry/projects/settings.html"
    return page(request, template, context, title=f"Settings of {project}", status=status)
