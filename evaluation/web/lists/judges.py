"""The list of judges: what each scores, with which model, and how far it agrees with people."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evaluation.offline.judging.standing import standings_of
from evaluation.offline.models import Judge, JudgeVersion
from evaluation.providers.connections import SIMULATED
from evaluation.web.judges.find import judge_url
from promptcms.site import site
from registry.domain.roles import Action, allowed
from registry.projects.access import projects_of, rights_of
from registry.projects.models import Person
from registry.templatetags.chips import chip
from registry.templatetags.times import when
from registry.web.lists.read_only import ProjectFilter, ReadOnlyAdmin, link


@admin.register(Judge, site=site)
class JudgeAdmin(ReadOnlyAdmin):
    """Judges with their newest version."""

    list_display = ("name_link", "project", "scores", "version", "asked", "standing", "changed")
    list_display_links = None
    list_before_template = "evaluation/judges/list_head.html"
    list_filter = (ProjectFilter, "kind")
    search_fields = ("name",)
    search_help_text = "Name"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Judge]:
        """Fetch the id of the newest version with the rows."""
        newest = JudgeVersion.objects.filter(judge=OuterRef("pk")).order_by("-number")
        rows: QuerySet[Judge] = super().get_queryset(request).select_related("project")
        return rows.annotate(newest_pk=Subquery(newest.values("pk")[:1]))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Lay the newest version and its standing on each judge of the page, in three queries."""
        found: ChangeList = super().get_changelist_instance(request)
        judges: list[Any] = list(found.result_list)
        newest = JudgeVersion.objects.select_related("judge").in_bulk(
            [judge.newest_pk for judge in judges]
        )
        standings = standings_of(list(newest.values()))
        for judge in judges:
            judge.newest = newest[judge.newest_pk]
            judge.stands = standings[judge.newest_pk]
        found.result_list = judges
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the projects in which this person may make a judge."""
        person = cast(Person, request.user)
        rights = rights_of(person)
        may = [p for p in projects_of(person) if allowed(Action.EDIT_DATASETS, rights[p.pk])]
        answer: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), "may_create": may}
        )
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the judge's own page."""
        return redirect(self.page_of(self.found(request, object_id)))

    def page_of(self, found: Judge) -> str:
        """Return the judge's page."""
        return judge_url(found)

    @admin.display(description="Name", ordering="name")
    def name_link(self, judge: Judge) -> SafeString:
        """The name, leading to the judge's page."""
        return link(judge_url(judge), judge.name)

    @admin.display(description="Scores", ordering="kind")
    def scores(self, judge: Judge) -> str:
        """The kind of criterion."""
        return "its own criterion" if judge.kind == Judge.Kind.CUSTOM else judge.kind

    @admin.display(description="Version")
    def version(self, judge: Any) -> str:
        """Number of the newest version."""
        return f"v{judge.newest.number}"

    @admin.display(description="Model")
    def asked(self, judge: Any) -> SafeString | str:
        """The model that scores, and through which connection."""
        newest = judge.newest
        if newest.connection == SIMULATED:
            return chip("simulated")
        return format_html("{} via {}", newest.model, newest.connection)

    @admin.display(description="Agreement with people")
    def standing(self, judge: Any) -> SafeString:
        """Whether it is sound, weak or not measured, and kappa where there is one."""
        stands = judge.stands
        kappa = f" kappa {stands.kappa:.2f}" if stands.kappa is not None else ""
        words = f"{kappa} on {stands.marks} marked answers" if stands.marks else ""
        return format_html("{}{}", chip(stands.flag or "sound"), words)

    @admin.display(description="Changed")
    def changed(self, judge: Any) -> SafeString | str:
        """When the newest version was made."""
        return when(judge.newest.created_at)
