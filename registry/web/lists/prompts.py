"""The list of prompts: folders, what waits, what each serves, and changes to several at once."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from promptcms.site import site
from registry.audit.clock import database_now
from registry.domain.roles import Action, Role, allowed
from registry.projects.access import projects_of, rights_of
from registry.projects.models import Person, Project
from registry.prompts.models import Kind, Prompt
from registry.prompts.search.found import Folder, Found, find, folders_in
from registry.prompts.search.narrow import MANY
from registry.prompts.search.wanted import STALE_AFTER, Standing
from registry.web.lists.asked import Asked, read_asked
from registry.web.lists.prompt_rows import prompt_rows
from registry.web.lists.read_only import ReadOnlyAdmin, person_of
from registry.web.pages import page
from registry.web.prompts.prompt import prompt_url

STANDINGS = {
    "": "All",
    Standing.WAITING: "Waiting",
    Standing.ROLLOUT: "Rolling out",
    Standing.FAILED: "Failed",
    Standing.STALE: "Stale",
    Standing.UNSERVED: "Serves nothing",
}
SAYS = {
    "": "",
    Standing.WAITING: "In review, undecided, or cleared and not started yet.",
    Standing.ROLLOUT: "On staging or at a share of production's traffic right now.",
    Standing.FAILED: "A version newer than production's did not pass.",
    Standing.STALE: f"Production has served the same version for {STALE_AFTER.days} days or more.",
    Standing.UNSERVED: "Nothing was ever in production.",
}


@admin.register(Prompt, site=site)
class PromptAdmin(ReadOnlyAdmin):
    """The addresses of the list, one prompt (its own page) and its history."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the list."""
        return prompts_page(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the prompt's own page."""
        return redirect(self.page_of(self.found(request, object_id)))

    def page_of(self, found: Prompt) -> str:
        """Return the prompt's page."""
        return prompt_url(found)


def prompts_page(request: HttpRequest) -> HttpResponse:
    """Show the prompts that the address asks for, 50 at a time, by name."""
    person = person_of(request)
    projects = list(projects_of(person))
    rights = rights_of(person)
    asked = read_asked(request.GET, projects, person)
    found = find(asked.wanted, now=database_now(), after=asked.after, before=asked.before)
    context = {
        "project": asked.project,
        "projects": projects,
        "asked": asked,
        "headline": _headline(asked, found),
        "says": SAYS[asked.wanted.standing or ""],
        "rows": prompt_rows(found.rows, rights),
        "previous": asked.address(before=found.previous) if found.previous else "",
        "following": asked.address(after=found.following) if found.following else "",
        "standings": [
            (words, asked.address(**{"is": key}), key == (asked.wanted.standing or ""))
            for key, words in STANDINGS.items()
        ],
        "crumbs": _crumbs(asked),
        "folders": [(folder, asked.address(folder=folder.path)) for folder in _folders(asked)],
        "owners": _people(projects, asked.wanted.owner),
        "kinds": Kind.choices,
        "count": found.count,
        **_rights(projects, rights, asked),
    }
    return page(request, "registry/lists/prompts.html", context, title="Prompts")


def _headline(asked: Asked, found: Found) -> str:
    """Say how many there are, as far as it is known without counting them all."""
    place = asked.wanted.folder or (asked.project.name if asked.project else "your projects")
    side = "archived prompts" if asked.wanted.archived else "prompts"
    if found.count is None:
        return f"The {side} in {place} that fit, by name"
    if found.count > MANY:
        return f"More than {MANY:,} {side} in {place}"
    words = side if found.count != 1 else side[:-1]
    fit = " that fit" if asked.is_narrow else ""
    return f"{found.count:,} {words} in {place}{fit}"


def _crumbs(asked: Asked) -> list[tuple[str, str]]:
    """Return the way from the project to the folder: (name, address), the last without one."""
    if asked.project is None or not asked.wanted.folder:
        return []
    parts = asked.wanted.folder[:-1].split("/")
    way = [(asked.project.name, asked.address(folder=""))]
    way += [
        (part, asked.address(folder="/".join(parts[: depth + 1]) + "/"))
        for depth, part in enumerate(parts)
    ]
    return [*way[:-1], (way[-1][0], "")]


def _folders(asked: Asked) -> list[Folder]:
    """Return the folders below, where one stands; none while something is searched."""
    if asked.project is None or set(asked.query) - {"project", "folder", "archived"}:
        return []
    wanted = asked.wanted
    return folders_in(asked.project.pk, wanted.folder, archived=wanted.archived)


def _people(projects: list[Project], chosen: int | None) -> list[tuple[Person, bool]]:
    """Return who may own a prompt in these projects."""
    rows = Person.objects.filter(memberships__project__in=projects, is_active=True).distinct()
    return [(person, person.pk == chosen) for person in rows.order_by("username")[:200]]


def _rights(
    projects: list[Project], rights: dict[int, frozenset[Role]], asked: Asked
) -> dict[str, Any]:
    """Return what this person may do here, and where."""

    def where(action: Action) -> list[Project]:
        return [project for project in projects if allowed(action, rights[project.pk])]

    here = asked.wanted.projects
    return {
        "may_create": [p for p in where(Action.EDIT_PROMPT) if p.pk in here],
        "may_change": any(p.pk in here for p in where(Action.EDIT_PROMPT)),
        "may_archive": any(p.pk in here for p in where(Action.MANAGE_PROJECT)),
    }
