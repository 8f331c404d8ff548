"""The list of golden datasets: how many cases, since when, who uses them."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from evaluation.offline.models import Dataset, Snapshot
from evaluation.web.datasets import dataset_url
from promptcms.site import site
from registry.domain.roles import Action, allowed
from registry.projects.access import projects_of, rights_of
from registry.projects.models import Person
from registry.templatetags.times import when
from registry.web.lists.read_only import ProjectFilter, ReadOnlyAdmin, link


@admin.register(Dataset, site=site)
class DatasetAdmin(ReadOnlyAdmin):
    """Golden datasets with their newest snapshot."""

    list_display = ("name_link", "project", "cases", "snapshot", "used_by", "changed")
    list_display_links = None
    list_before_template = "evaluation/datasets_head.html"
    list_filter = (ProjectFilter,)
    search_fields = ("name", "description")
    search_help_text = "Name or description"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        """Fetch the newest snapshot's facts with the rows."""
        newest = Snapshot.objects.filter(dataset=OuterRef("pk")).order_by("-number")
        facts = {
            f"newest_{name}": Subquery(newest.values(name)[:1])
            for name in ("number", "case_count", "created_at")
        }
        rows: QuerySet[Dataset] = super().get_queryset(request).select_related("project")
        return rows.annotate(**facts, uses=Count("suites"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the projects in which this person may make a dataset."""
        person = cast(Person, request.user)
        rights = rights_of(person)
        may = [p for p in projects_of(person) if allowed(Action.EDIT_DATASETS, rights[p.pk])]
        context = {**(extra_context or {}), "may_create": may}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the dataset's own page."""
        return redirect(self.page_of(self.found(request, object_id)))

    def page_of(self, found: Dataset) -> str:
        """Return the dataset's page."""
        return dataset_url(found)

    @admin.display(description="Name", ordering="name")
    def name_link(self, dataset: Dataset) -> SafeString:
        """The name, leading to the dataset's page."""
        return link(dataset_url(dataset), dataset.name)

    @admin.display(description="Cases", ordering="newest_case_count")
    def cases(self, dataset: Dataset) -> str:
        """Cases in the newest snapshot."""
        count: int | None = dataset.newest_case_count  # type: ignore[attr-defined]
        return f"{count:,}" if count else "none yet"

    @admin.display(description="Snapshot", ordering="newest_number")
    def snapshot(self, dataset: Dataset) -> str:
        """Number of the newest snapshot."""
        number: int | None = dataset.newest_number  # type: ignore[attr-defined]
        return f"v{number}" if number else "–"

    @admin.display(description="Prompts", ordering="uses")
    def used_by(self, dataset: Dataset) -> int:
        """How many prompts are evaluated with it."""
        uses: int = dataset.uses  # type: ignore[attr-defined]
        return uses

    @admin.display(description="Changed", ordering="newest_created_at")
    def changed(self, dataset: Dataset) -> SafeString | str:
        """When the newest snapshot was made."""
        return when(dataset.newest_created_at)  # type: ignore[attr-defined]
