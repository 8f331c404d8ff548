"""The list of every move of every label: what changed in production, by whom and why."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString

from promptcms.site import site
from registry.release.models import LabelEvent
from registry.templatetags.chips import chip
from registry.templatetags.times import when
from registry.web.lists.read_only import ProjectFilter, ReadOnlyAdmin, link
from registry.web.prompts.table import texts_of


@admin.register(LabelEvent, site=site)
class LabelEventAdmin(ReadOnlyAdmin):
    """Every move of every label: what changed in production, when, by whom and why."""

    path_to_project = "prompt__project"
    list_display = ("moved", "prompt_link", "label_name", "before", "after", "by", "reason")
    list_display_links = None
    when_empty = "Labels move when a cleared version is started. Nothing was started yet."
    list_filter = (ProjectFilter, "name")
    list_select_related = ("prompt__project", "version_before", "version_after", "actor")
    search_fields = ("prompt__name", "reason", "actor_name")
    search_help_text = "Prompt, reason or person"

    def get_queryset(self, request: HttpRequest) -> QuerySet[LabelEvent]:
        """Leave the texts of the versions out: a row shows their numbers."""
        rows: QuerySet[LabelEvent] = super().get_queryset(request)
        return rows.defer(*texts_of("version_before", "version_after"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the prompt's ledger."""
        prompt = self.found(request, object_id).prompt
        return redirect("ledger", prompt.project.slug, prompt.name)

    @admin.display(description="When", ordering="at")
    def moved(self, event: LabelEvent) -> SafeString | str:
        """When it moved."""
        return when(event.at)

    @admin.display(description="Prompt", ordering="prompt__name")
    def prompt_link(self, event: LabelEvent) -> SafeString:
        """The prompt, leading to its ledger."""
        url = reverse("ledger", args=[event.prompt.project.slug, event.prompt.name])
        return link(url, event.prompt.name)

    @admin.display(description="Label", ordering="name")
    def label_name(self, event: LabelEvent) -> SafeString | str:
        """The label."""
        return chip(event.name)

    @admin.display(description="From")
    def before(self, event: LabelEvent) -> str:
        """What it served until then."""
        return event.version_before.semver if event.version_before else "nothing"

    @admin.display(description="To")
    def after(self, event: LabelEvent) -> str:
        """What it serves since."""
        return event.version_after.semver

    @admin.display(description="By")
    def by(self, event: LabelEvent) -> str:
        """Who moved it."""
        return str(event.actor or event.actor_name)
