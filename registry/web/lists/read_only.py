"""Admin lists for looking: no add, change, delete, no POST, and only one's own projects."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.views.decorators.http import require_safe
from unfold.admin import ModelAdmin

from registry.projects.access import projects_of, scoped
from registry.projects.models import Person
from registry.web.lists.capped import CappedPaginator
from registry.web.pages import page

HISTORY_ROWS = 100


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """Lists, a page for one object and its history; everything else has no address.

    `path_to_project` leads from the model to its project. Superusers see and may no more
    than others: what is governed changes through the use-cases only.
    """

    path_to_project = "project"
    actions = None
    list_filter_sheet = False
    list_per_page = 50
    # Neither the rows that fit nor all rows are counted through.
    paginator = CappedPaginator
    show_full_result_count = False
    # The next step, for a list that has nothing yet.
    when_empty = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the objects of the person's projects."""
        return scoped(super().get_queryset(request), person_of(request), self.path_to_project)

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of list, object and history, for GET and HEAD only."""
        views = ("_changelist", "_change", "_history")
        kept = [url for url in super().get_urls() if (url.name or "").endswith(views)]
        for url in kept:
            url.callback = require_safe(url.callback)
        return kept

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow what the filters offer, so that no address can probe hidden columns."""
        columns = [name for name in self.list_filter if isinstance(name, str)]
        own = [item.parameter_name for item in self.list_filter if not isinstance(item, str)]
        return lookup in own or any(lookup in (n, f"{n}__exact") for n in columns)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Name the list by what it holds, not by what one is to select."""
        title = capfirst(self.opts.verbose_name_plural)
        context = {"title": title, **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List who changed which field, newest first."""
        found = self.found(request, object_id)
        if not hasattr(found, "history"):
            raise Http404("There is no such history.")
        context = {"changes": list(changes_of(found)), "back": self.page_of(found)}
        return page(request, "registry/history.html", context, title=f"History of {found}")

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """Return the object, if it is in one of the person's projects. Raises Http404."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404("There is no such object in your projects.")
        return found

    def page_of(self, found: Any) -> str:
        """Return the address of our own page about `found`, or ""."""
        return ""

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


class ProjectFilter(SimpleListFilter):
    """One of the person's projects; others are not even named."""

    title = "project"
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the person's projects."""
        return [(project.slug, project.name) for project in projects_of(person_of(request))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen project."""
        if not self.value():
            return queryset
        return queryset.filter(**{f"{self.path}__slug": self.value()})

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.path = model_admin.path_to_project
        super().__init__(request, params, model, model_admin)


def person_of(request: HttpRequest) -> Person:
    """Return who is signed in: the site asks everybody before any list is shown."""
    return cast(Person, request.user)


def link(url: str, words: str) -> SafeString:
    """Return a link; `words` are escaped unless they are safe already."""
    return format_html('<a class="list-link" href="{}">{}</a>', url, words)


@dataclass(frozen=True)
class Change:
    """One history row: `fields` holds (name, before, after) of what differs."""

    row: Any
    fields: list[tuple[str, str, str]]


def changes_of(found: Any) -> Iterator[Change]:
    """Yield the changes of one object, newest first, each against the row before it."""
    rows = list(
        found.history.select_related("history_user").order_by("-history_id")[: HISTORY_ROWS + 1]
    )
    names = [field.attname for field in found._meta.concrete_fields]
    for row, older in zip(rows, [*rows[1:], None], strict=False):
        if older is None:
            if len(rows) <= HISTORY_ROWS:
                yield Change(row, [])
            return
        yield Change(
            row,
            [
                (name.replace("_", " "), _words(getattr(older, name)), _words(getattr(row, name)))
                for name in names
                if hasattr(row, name) and getattr(older, name) != getattr(row, name)
            ],
        )


def _words(value: Any) -> str:
    """Return a value of a column as people read it."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
