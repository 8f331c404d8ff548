"""The list of every version of every prompt, by state."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from promptcms.site import site
from registry.prompts.models import Version
from registry.templatetags.chips import chip
from registry.templatetags.times import when
from registry.web.lists.read_only import ProjectFilter, ReadOnlyAdmin, link
from registry.web.prompts.table import marks_of, state_of, with_row_facts
from registry.web.prompts.version import version_url


@admin.register(Version, site=site)
class VersionAdmin(ReadOnlyAdmin):
    """Every version of every prompt, by state."""

    path_to_project = "prompt__project"
    list_display = ("number", "risk", "state", "serves", "change_reason", "author", "saved")
    list_display_links = None
    when_empty = "Open a prompt and write its first version."
    list_filter = (ProjectFilter, "release__state")
    search_fields = ("prompt__name", "change_reason")
    search_help_text = "Prompt or reason"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Version]:
        """Fetch what the rows show in a constant count of queries."""
        return with_row_facts(super().get_queryset(request)).select_related("prompt__project")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the version's own page."""
        return redirect(version_url(self.found(request, object_id)))

    @admin.display(description="Version", ordering="created_at")
    def number(self, version: Version) -> SafeString:
        """Prompt and number, leading to the version's page."""
        return link(version_url(version), str(version))

    @admin.display(description="Change")
    def risk(self, version: Version) -> SafeString | str:
        """How large the change is."""
        return chip(version.release.risk or version.bump)

    @admin.display(description="State")
    def state(self, version: Version) -> SafeString:
        """State and what was skipped."""
        words = [state_of(version), *marks_of(version)]
        return format_html_join(" ", "{}", ((chip(word),) for word in words))

    @admin.display(description="Serves")
    def serves(self, version: Version) -> SafeString:
        """The labels it holds."""
        return format_html_join(" ", "{}", ((chip(label.name),) for label in version.labels.all()))

    @admin.display(description="Saved", ordering="created_at")
    def saved(self, version: Version) -> SafeString | str:
        """When it was saved."""
        return when(version.created_at)
