"""The audit trail: who did what, when and why."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from promptcms.site import site
from registry.audit.actions import ACTIONS
from registry.audit.models import Event
from registry.templatetags.times import when
from registry.web.lists.read_only import ProjectFilter, ReadOnlyAdmin, link


class ActionFilter(admin.SimpleListFilter):
    """One registered action."""

    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer every registered action."""
        return [(name, name.replace(".", ": ").replace("_", " ")) for name in sorted(ACTIONS)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow to the chosen action."""
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(Event, site=site)
class EventAdmin(ReadOnlyAdmin):
    """Events of one's own projects, newest first."""

    list_display = ("moment", "who", "action", "object_name", "reason", "project")
    list_display_links = None
    when_empty = "Every change in your projects is written here."
    list_filter = (ProjectFilter, ActionFilter)
    list_select_related = ("project", "actor")
    search_fields = ("object_name", "actor_name", "reason")
    search_help_text = "Object, person or reason"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the event's page in the audit trail of its project."""
        event = self.found(request, object_id)
        return redirect("audit_event", event.project.slug, event.seq)

    @admin.display(description="When", ordering="id")
    def moment(self, event: Event) -> SafeString:
        """When it happened, leading to the event."""
        return link(f"{event.pk}/change/", when(event.at))

    @admin.display(description="Who")
    def who(self, event: Event) -> str:
        """The person, or the part of the system."""
        return str(event.actor or event.actor_name)
