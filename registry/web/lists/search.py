"""One search for everything: prompts, versions, datasets, runs and people, in one's projects."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpResponse

from evaluation.offline.models import Dataset, Run
from registry.audit.clock import database_now
from registry.domain.search import typed_words, words_in
from registry.projects.access import projects_of
from registry.projects.models import Person
from registry.prompts.models import Alias, Prompt, Version
from registry.prompts.search.narrow import narrowed
from registry.prompts.search.wanted import Wanted
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in
from registry.web.prompts.table import Row, texts_of, version_rows, with_row_facts

HITS = 10
_NUMBER = re.compile(r"(?:(\S+)\s+)?v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})")
_DIGEST = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True)
class Hits:
    """What was found, group by group, each the first few."""

    named: list[Prompt] = field(default_factory=list)
    texts: list[Prompt] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    datasets: list[Dataset] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Was anything found?"""
        groups = (self.named, self.texts, self.versions, self.datasets, self.runs, self.people)
        return any(groups)


@signed_in
def search(request: PersonRequest) -> HttpResponse:
    """Show what was found for the words in the address."""
    typed = " ".join(request.GET.get("q", "")[:200].split())
    projects = tuple(projects_of(request.user).values_list("pk", flat=True))
    hits = find_all(typed, projects) if typed else Hits()
    context = {"searched": typed, "hits": hits}
    title = f"Search: {typed}" if typed else "Search"
    return page(request, "registry/lists/search.html", context, title=title)


def find_all(typed: str, projects: tuple[int, ...]) -> Hits:
    """Return what `typed` finds in the projects."""
    named = _named(typed, projects)
    versions = _versions(typed, projects)
    anywhere = _prompts(Wanted(projects, text=typed), typed, HITS * 5)
    shown = {prompt.pk for prompt in named}
    elsewhere = [p for p in anywhere if p.pk not in shown and not _is_called(p, typed)]
    return Hits(
        named=_with_old_names(named, typed),
        texts=elsewhere[:HITS],
        versions=versions,
        datasets=_datasets(typed, projects),
        runs=_runs(named, versions),
        people=_people(typed, projects),
    )


def _named(typed: str, projects: tuple[int, ...]) -> list[Prompt]:
    return _prompts(Wanted(projects, text=typed, names_only=True), typed)


def _with_old_names(prompts: list[Prompt], typed: str) -> list[Prompt]:
    """Give those that were found by a name they once had that name, as `once`."""
    by_old_name = {prompt.pk: prompt for prompt in prompts if not _is_called(prompt, typed)}
    parts = typed_words(typed)
    for alias in Alias.objects.filter(prompt__in=by_old_name).order_by("-pk"):
        if all(any(w.startswith(part) for w in words_in(alias.name)) for part in parts):
            by_old_name[alias.prompt_id].once = alias.name  # type: ignore[attr-defined]
    return prompts


def _is_called(prompt: Prompt, typed: str) -> bool:
    """Do the words stand in its name, title or tags, and not only in its texts?"""
    called = words_in(" ".join([prompt.name, prompt.title, *prompt.tags]))
    return all(any(word.startswith(part) for word in called) for part in typed_words(typed))


def _prompts(wanted: Wanted, typed: str, most: int = HITS) -> list[Prompt]:
    """Return prompts by name; among few, the one called so and those that begin so first."""
    some = narrowed(wanted, now=database_now())
    if not wanted.text or not some.is_asked:
        return []
    rows = some.rows.select_related("project")
    if some.is_few:
        name = typed.lower()
        near = Case(
            When(name=name, then=Value(0)), When(name__startswith=name, then=Value(1)),
            default=Value(2),
        )  # fmt: skip
        return list(rows.order_by(near, "name", "pk")[:most])
    return list(rows.order_by("name", "pk")[:most])


def _versions(typed: str, projects: tuple[int, ...]) -> list[Row]:
    """Return versions by number, with or without the prompt's name before it, or by digest."""
    rows = Version.objects.filter(prompt__project__in=projects)
    number, digest = _NUMBER.fullmatch(typed), _DIGEST.fullmatch(typed.lower())
    if number:
        name, major, minor, patch = number.groups()
        rows = rows.filter(major=int(major), minor=int(minor), patch=int(patch))
        if name:
            rows = rows.filter(prompt__in=[prompt.pk for prompt in _named(name, projects)])
        rows = rows.order_by("-pk")
    elif digest:
        last = digest[0].ljust(64, "f")
        rows = rows.filter(digest__gte=digest[0], digest__lte=last).order_by("-pk")
    else:
        return []
    return version_rows(with_row_facts(rows).select_related("prompt__project")[:HITS])


def _datasets(typed: str, projects: tuple[int, ...]) -> list[Dataset]:
    rows = Dataset.objects.filter(project__in=projects).select_related("project")
    return list(rows.filter(_all_words(typed, "name", "description")).order_by("name")[:HITS])


def _runs(named: Sequence[Prompt], versions: Sequence[Row]) -> list[Run]:
    """Return the newest runs of the versions that were found, else of the prompts."""
    rows: QuerySet[Run] = Run.objects.select_related(
        "prompt__project", "version__prompt", "candidate", "snapshot__dataset"
    )
    rows = rows.defer(*texts_of("version"))
    if versions:
        rows = rows.filter(version__in=[row.version.pk for row in versions])
    else:
        rows = rows.filter(prompt__in=[prompt.pk for prompt in named])
    return list(rows.order_by("-pk")[: HITS // 2])


def _people(typed: str, projects: tuple[int, ...]) -> list[Person]:
    mates = Person.objects.filter(is_active=True, memberships__project__in=projects).distinct()
    found = mates.filter(_all_words(typed, "username", "first_name", "last_name"))
    return list(found.order_by("username")[:HITS])


def _all_words(typed: str, *columns: str) -> Q:
    """Return the condition that every typed word stands in one of the columns."""
    condition = Q()
    for word in typed.split()[:8]:
        condition &= Q(*((f"{column}__icontains", word) for column in columns), _connector=Q.OR)
    return condition
