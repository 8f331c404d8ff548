"""Where a person is led from a report: to a page of it, or to what was made of the files."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from registry.projects.models import Project
from registry.prompts.models import Prompt


def to_page(request: HttpRequest, project: Project, route: str) -> HttpResponse:
    """Go to the page of the report that was asked for (`do` is `page:2`), or stay on this one."""
    verb, _, what = request.POST.get("do", "").partition(":")
    number = what if verb == "page" else request.POST.get("page", "1")
    query = f"?page={number}" if number.isdigit() and number != "1" else ""
    return redirect(reverse(route, args=[project.slug]) + query)


def to_made(project: Project, made: Sequence[Prompt]) -> HttpResponse:
    """Go to the prompt that was made, or to the list of the project's prompts."""
    if len(made) == 1:
        return redirect("prompt", project.slug, made[0].name)
    return redirect(f"{reverse('admin:registry_prompt_changelist')}?project={project.slug}")
