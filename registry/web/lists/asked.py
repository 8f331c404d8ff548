"""What the address of the list of prompts asks for; nonsense is left out."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from registry.domain.fields import whole_number
from registry.projects.models import Person, Project
from registry.prompts.models import Kind
from registry.prompts.search.wanted import Standing, Wanted

_FOLDER = re.compile(r"([a-z0-9._-]+/)+")
_CURSOR = re.compile(r"[a-z0-9._/-]{1,128}:[0-9]{1,18}")
_ASKED = ("project", "folder", "q", "is", "tag", "owner", "kind", "archived")


@dataclass(frozen=True)
class Asked:
    """The address, read: what is wanted, in which project, and the page of it."""

    wanted: Wanted
    project: Project | None
    query: dict[str, str]
    after: str
    before: str

    @property
    def is_narrow(self) -> bool:
        """Is anything but the place asked for?"""
        return bool(set(self.query) - {"project", "folder"})

    def address(self, **changed: str) -> str:
        """Return the query string with some answers changed or, when empty, taken out."""
        kept = {**self.query, **changed}
        return "?" + urlencode({name: value for name, value in kept.items() if value})


def read_asked(asked: QueryDict, projects: list[Project], person: Person) -> Asked:
    """Read the address `asked` by `person`, who is in `projects`."""
    query = {name: str(asked[name])[:200] for name in _ASKED if asked.get(name)}
    named = [project for project in projects if project.slug == query.get("project")]
    chosen = named if "project" in query else projects
    one = chosen[0] if len(chosen) == 1 else None
    folder = query.get("folder", "")
    if folder and (one is None or not _FOLDER.fullmatch(folder)):
        folder = ""
        query.pop("folder")
    wanted = Wanted(
        projects=tuple(project.pk for project in chosen),
        folder=folder,
        text=query.get("q", ""),
        tag=query.get("tag", ""),
        standing=_standing(query),
        owner=_owner(query, person),
        kind=_kind(query),
        archived=query.get("archived") == "yes",
    )
    return Asked(wanted, one, query, _cursor(asked, "after"), _cursor(asked, "before"))


def _standing(query: dict[str, str]) -> Standing | None:
    try:
        return Standing(query.get("is", ""))
    except ValueError:
        query.pop("is", None)
        return None


def _kind(query: dict[str, str]) -> str:
    if query.get("kind") not in Kind.values:
        query.pop("kind", None)
    return query.get("kind", "")


def _owner(query: dict[str, str], person: Person) -> int | None:
    typed = query.get("owner", "")
    if typed == "me":
        return person.pk
    number = whole_number(typed)
    if number is None:
        query.pop("owner", None)
    return number or None


def _cursor(asked: QueryDict, name: str) -> str:
    typed = asked.get(name, "")
    return typed if _CURSOR.fullmatch(typed) else ""
