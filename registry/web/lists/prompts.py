"""The list of prompts: what each label serves, and where the newest version stands."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from promptcms.site import site
from registry.domain.roles import Action, allowed
from registry.projects.access import projects_of
from registry.prompts.models import Prompt, Version
from registry.release.models import Label
from registry.templatetags.chips import chip
from registry.templatetags.times import when
from registry.web.home import rights_of
from registry.web.lists.read_only import ProjectFilter, ReadOnlyAdmin, link, person_of
from registry.web.prompts.prompt import prompt_url
from registry.web.prompts.table import state_of, texts_of, with_row_facts


class ArchivedFilter(admin.SimpleListFilter):
    """Archived prompts stay out of the way unless asked for."""

    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the archive beside the default."""
        return [("yes", "Archived")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Prompt]) -> QuerySet[Prompt]:
        """Leave archived ones out, or show only them."""
        return queryset.filter(archived_at__isnull=self.value() != "yes")


@admin.register(Prompt, site=site)
class PromptAdmin(ReadOnlyAdmin):
    """Prompts: what each label serves, and where the newest version stands."""

    list_display = (
        "name_link", "title", "project", "production", "staging", "canary", "newest", "updated",
    )  # fmt: skip
    list_display_links = None
    when_empty = "A prompt is a name that applications fetch. Make the first one."
    list_before_template = "registry/prompts_head.html"
    list_filter = (ProjectFilter, "kind", ArchivedFilter)
    search_fields = ("name", "title", "tags")
    search_help_text = "Name, title or tag"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prompt]:
        """Fetch labels and the newest version of all rows in a constant count of queries."""
        newest = Version.objects.filter(prompt=OuterRef("prompt")).order_by("-revision")
        own = Version.objects.filter(prompt=OuterRef("pk")).order_by("-revision")
        newest_only = with_row_facts(
            Version.objects.filter(revision=Subquery(newest.values("revision")[:1]))
        )
        labels = Label.objects.select_related("version").defer(*texts_of("version"))
        rows: QuerySet[Prompt] = super().get_queryset(request).select_related("project")
        return rows.annotate(updated_at=Subquery(own.values("created_at")[:1])).prefetch_related(
            Prefetch("labels", labels),
            Prefetch("versions", newest_only, to_attr="newest_versions"),
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the projects in which this person may make a prompt."""
        person = person_of(request)
        rights = rights_of(person)
        mine = [p for p in projects_of(person) if allowed(Action.EDIT_PROMPT, rights[p.pk])]
        return super().changelist_view(request, {**(extra_context or {}), "may_create": mine})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the prompt's own page."""
        return redirect(self.page_of(self.found(request, object_id)))

    def page_of(self, found: Prompt) -> str:
        """Return the prompt's page."""
        return prompt_url(found)

    @admin.display(description="Name", ordering="name")
    def name_link(self, prompt: Prompt) -> SafeString:
        """The name, leading to the prompt's page."""
        return link(prompt_url(prompt), prompt.name)

    @admin.display(description="Production")
    def production(self, prompt: Prompt) -> str:
        """What production serves."""
        return _served(prompt, "production")

    @admin.display(description="Staging")
    def staging(self, prompt: Prompt) -> str:
        """What staging serves."""
        return _served(prompt, "staging")

    @admin.display(description="Canary")
    def canary(self, prompt: Prompt) -> str:
        """What canary serves."""
        return _served(prompt, "canary")

    @admin.display(description="Newest version")
    def newest(self, prompt: Prompt) -> SafeString | str:
        """Number and state of the newest version."""
        versions: list[Version] = prompt.newest_versions  # type: ignore[attr-defined]
        if not versions:
            return "not written yet"
        return format_html("{} {}", versions[0].semver, chip(state_of(versions[0])))

    @admin.display(description="Updated", ordering="updated_at")
    def updated(self, prompt: Prompt) -> SafeString | str:
        """When the newest version was saved."""
        return when(prompt.updated_at)  # type: ignore[attr-defined]


def _served(prompt: Prompt, name: str) -> str:
    """Return the number that the label points to, from what was prefetched."""
    return next((label.version.semver for label in prompt.labels.all() if label.name == name), "–")
