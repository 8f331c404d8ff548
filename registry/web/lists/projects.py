"""The list of the person's projects."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString

from promptcms.site import site
from registry.projects.access import projects_of
from registry.projects.create import may_create_project
from registry.projects.models import Project
from registry.web.lists.read_only import ReadOnlyAdmin, link, person_of


@admin.register(Project, site=site)
class ProjectAdmin(ReadOnlyAdmin):
    """One's own projects, each leading to its page."""

    list_display = ("name_link", "slug", "preset", "people", "prompt_count", "time_zone")
    list_display_links = None
    when_empty = "Make one for your team, or open the invitation link that an admin sends you."
    list_before_template = "registry/projects_head.html"
    search_fields = ("name", "slug")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """Return the person's projects with their counts."""
        return projects_of(person_of(request)).annotate(
            person_count=Count("memberships__person", distinct=True),
            prompts_count=Count("prompts", distinct=True),
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say whether this person may open a project."""
        context = {**(extra_context or {}), "may_create": may_create_project(person_of(request))}
        return super().changelist_view(request, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the project's page."""
        return redirect(self.page_of(self.found(request, object_id)))

    def page_of(self, found: Project) -> str:
        """Return the project's page."""
        return reverse("project", args=[found.slug])

    @admin.display(description="Name", ordering="name")
    def name_link(self, project: Project) -> SafeString:
        """The name, leading to the page."""
        return link(self.page_of(project), project.name)

    @admin.display(description="People")
    def people(self, project: Any) -> int:
        """How many people are in it."""
        return int(project.person_count)

    @admin.display(description="Prompts")
    def prompt_count(self, project: Any) -> int:
        """How many prompts it has."""
        return int(project.prompts_count)
