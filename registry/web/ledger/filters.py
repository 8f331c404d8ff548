"""Which moves of labels an address asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from registry.domain.roles import SYSTEM_ACTORS
from registry.projects.models import Person, Project
from registry.prompts.models import Prompt
from registry.release.models import LabelEvent
from registry.release.models_serving import LabelName
from registry.web.ledger.moments import TypedPeriod, typed_period
from registry.web.prompts.table import texts_of

LONGEST = 300  # characters of a filter that are looked at


@dataclass(frozen=True)
class MoveFilter:
    """What was typed into the filter of a ledger."""

    prompt: str
    label: str
    person: str
    when: TypedPeriod

    @classmethod
    def of(cls, query: Mapping[str, str], *, now: datetime) -> "MoveFilter":
        """Read an address; a label that does not exist is none."""
        label = query.get("label", "")
        return cls(
            prompt=query.get("prompt", "").strip()[:LONGEST],
            label=label if label in LabelName.values else "",
            person=query.get("person", "").strip()[:LONGEST],
            when=typed_period(query, now=now),
        )

    @property
    def is_set(self) -> bool:
        """Does it leave anything out?"""
        return bool(self.prompt or self.label or self.person or not self.when.period.is_open)

    def moves(self, project: Project, prompt: Prompt | None = None) -> QuerySet[LabelEvent]:
        """Return the moves in `project`, or of one prompt, newest first, without texts."""
        owner = Q(prompt=prompt) if prompt else Q(prompt__project=project)
        rows = LabelEvent.objects.filter(owner).order_by("-at", "-id")
        if self.prompt and not prompt:
            rows = rows.filter(prompt_named(self.prompt, "prompt__name"))
        if self.label:
            rows = rows.filter(name=self.label)
        if self.person:
            rows = rows.filter(by_person(self.person))
        period = self.when.period
        if period.start:
            rows = rows.filter(at__gte=period.start)
        if period.end:
            rows = rows.filter(at__lt=period.end)
        rows = rows.select_related("prompt__project", "version_before", "version_after", "actor")
        return rows.defer(*texts_of("version_before", "version_after"))


def prompt_named(typed: str, path: str) -> Q:
    """Match one prompt by its name, or all in a folder: `support/`."""
    return Q(**{f"{path}__startswith" if typed.endswith("/") else path: typed})


def by_person(typed: str) -> Q:
    """Match what a person did, by sign-in name or name, or a part of the system."""
    if typed.lower() in SYSTEM_ACTORS:
        return Q(actor=None, actor_name=typed.lower())
    people = Person.objects.filter(
        Q(username__iexact=typed) | Q(first_name__icontains=typed) | Q(last_name__icontains=typed)
    )
    # The ids, not the names in the rows: only these have an index.
    return Q(actor__in=list(people.values_list("pk", flat=True)[:50]))


def people_of(project: Project) -> list[tuple[str, str]]:
    """Return who may be asked for: sign-in name and name of the members, and the system."""
    members = Person.objects.filter(memberships__project=project).distinct().order_by("username")
    people = [(person.username, str(person)) for person in members[:200]]
    return people + [(name, "part of the system") for name in SYSTEM_ACTORS]
