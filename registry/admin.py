"""Lists of what is governed: to look at, search and filter, never to change.

Writes go through the use-cases behind our own pages; here nobody adds, changes or deletes,
superusers neither, and everybody sees the objects of their own projects only.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from promptcms.site import site
from registry.models import Event, Project, Prompt
from registry.projects.access import projects_of, scoped


class ReadOnlyAdmin(ModelAdmin):
    """Looking only, narrowed to the person's projects by `path_to_project`."""

    path_to_project = "project"
    actions = None
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the objects of the person's projects."""
        return scoped(super().get_queryset(request), request.user, self.path_to_project)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Everybody who may enter sees the list, narrowed to their projects."""
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Looking is allowed; `get_queryset` decides at what."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never here."""
        return False


@admin.register(Prompt, site=site)
class PromptAdmin(ReadOnlyAdmin):
    """Prompts and what each label of them serves."""

    list_display = ["name", "title", "project"]
    search_fields = ["name", "title", "tags"]
    list_filter = ["project", "kind"]


@admin.register(Project, site=site)
class ProjectAdmin(ReadOnlyAdmin):
    """The person's projects."""

    list_display = ["name", "slug", "preset"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """Return the person's projects."""
        return projects_of(request.user)


@admin.register(Event, site=site)
class EventAdmin(ReadOnlyAdmin):
    """The audit trail."""

    list_display = ["at", "actor_name", "action", "object_name", "reason"]
