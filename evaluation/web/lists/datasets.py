"""The list of golden datasets: how many cases, since when, who uses them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from evaluation.offline.models import Dataset, Snapshot
from evaluation.web.datasets import dataset_url
from promptcms.site import site
from registry.domain.fields import whole_number
from registry.domain.roles import Action, allowed
from registry.projects.access import projects_of, rights_of
from registry.web.lists.read_only import ReadOnlyAdmin, person_of
from registry.web.pages import page

DATASETS_A_PAGE = 50


@admin.register(Dataset, site=site)
class DatasetAdmin(ReadOnlyAdmin):
    """The addresses of the list, one dataset (its own page) and its history."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the list."""
        return datasets_page(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the dataset's own page."""
        return redirect(self.page_of(self.found(request, object_id)))

    def page_of(self, found: Dataset) -> str:
        """Return the dataset's page."""
        return dataset_url(found)


@dataclass(frozen=True)
class Found:
    """Some datasets by name, and the ids between which the neighbouring pages begin."""

    rows: list[Dataset]
    previous: int | None
    following: int | None


def datasets_page(request: HttpRequest) -> HttpResponse:
    """Show the datasets of the person's projects by name, 50 at a time."""
    person = person_of(request)
    projects, rights = list(projects_of(person)), rights_of(person)
    slug, words = request.GET.get("project", ""), request.GET.get("q", "")[:200].strip()
    chosen = [project for project in projects if slug in ("", project.slug)]
    rows = Dataset.objects.filter(project__in=chosen)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(description__icontains=words))
    context = {
        "project": chosen[0] if len(chosen) == 1 else None,
        "projects": projects,
        "words": words,
        "is_narrow": bool(words or slug),
        "found": found_in(rows, request.GET.get("after", ""), request.GET.get("before", "")),
        "may_create": [p for p in chosen if allowed(Action.EDIT_DATASETS, rights[p.pk])],
    }
    return page(request, "evaluation/golden/list.html", context, title="Golden datasets")


def found_in(rows: "QuerySet[Dataset]", after: str, before: str) -> Found:
    """Return the page of `rows` behind or ahead of the dataset with an id, else the first."""
    mark = _mark(rows, before)
    back = mark is not None
    mark = mark or _mark(rows, after)
    if mark:
        name, pk = mark
        way = "lt" if back else "gt"
        rows = rows.filter(Q(**{f"name__{way}": name}) | Q(name=name, **{f"pk__{way}": pk}))
    # First the keys alone: the facts are looked up for the rows of one page only.
    order = ("-name", "-pk") if back else ("name", "pk")
    keys = list(rows.order_by(*order).values_list("pk", flat=True)[: DATASETS_A_PAGE + 1])
    more, shown = len(keys) > DATASETS_A_PAGE, _with_facts(keys[:DATASETS_A_PAGE])
    return Found(
        rows=shown,
        previous=shown[0].pk if shown and (more if back else mark) else None,
        following=shown[-1].pk if shown and (back or more) else None,
    )


def _mark(rows: "QuerySet[Dataset]", pk: str) -> tuple[str, int] | None:
    """Return name and id of the dataset that a page begins behind or ends before."""
    return rows.filter(pk=whole_number(pk) or 0).values_list("name", "pk").first()


def _with_facts(keys: list[int]) -> list[Dataset]:
    """Return the datasets with the newest snapshot's facts and how many prompts use them."""
    newest = Snapshot.objects.filter(dataset=OuterRef("pk"), sealed=True).order_by("-number")
    facts = {
        f"newest_{name}": Subquery(newest.values(name)[:1])
        for name in ("number", "case_count", "created_at")
    }
    rows = Dataset.objects.filter(pk__in=keys).select_related("project")
    return list(rows.annotate(**facts, uses=Count("suites")).order_by("name", "pk"))
