"""The list of runs: what was evaluated, on what, and what came of it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evaluation.offline.models import Run
from evaluation.web.runs.address import run_url
from promptcms.site import site
from registry.templatetags.chips import chip
from registry.templatetags.times import when
from registry.web.lists.read_only import ProjectFilter, ReadOnlyAdmin, link


@admin.register(Run, site=site)
class RunAdmin(ReadOnlyAdmin):
    """Runs, the newest first."""

    path_to_project = "prompt__project"
    list_display = ("name_link", "outcome", "headline", "cases", "asked_by", "asked")
    list_display_links = None
    list_filter = (ProjectFilter, "state", "simulated")
    search_fields = ("prompt__name", "snapshot__dataset__name")
    search_help_text = "Prompt or dataset"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Fetch what the rows show with them."""
        return (
            super()
            .get_queryset(request)
            .select_related(
                *("prompt__project", "version__prompt", "candidate", "snapshot__dataset"),
                "requested_by",
            )
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the run's report."""
        return redirect(self.page_of(self.found(request, object_id)))

    def page_of(self, found: Run) -> str:
        """Return the run's report."""
        return run_url(found)

    @admin.display(description="Run", ordering="id")
    def name_link(self, run: Run) -> SafeString:
        """Version and attempt, or the candidate from CI, leading to the report."""
        if run.candidate:
            return link(run_url(run), f"{run.prompt}: {run.candidate}")
        attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
        return link(run_url(run), f"{run.version}{attempt}")

    @admin.display(description="Outcome", ordering="state")
    def outcome(self, run: Run) -> SafeString:
        """The state, and whether the answers are simulated."""
        return format_html("{} {}", chip(run.state), chip("simulated" if run.simulated else ""))

    @admin.display(description="In words")
    def headline(self, run: Run) -> str:
        """The first reason."""
        return str(run.reasons[0]) if run.reasons else ""

    @admin.display(description="Cases")
    def cases(self, run: Run) -> str:
        """The snapshot it ran on."""
        return str(run.snapshot)

    @admin.display(description="By", ordering="requested_by")
    def asked_by(self, run: Run) -> str:
        """Who submitted."""
        return str(run.requested_by or "")

    @admin.display(description="When", ordering="created_at")
    def asked(self, run: Run) -> SafeString | str:
        """When it was queued."""
        return when(run.created_at)
