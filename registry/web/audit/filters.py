"""Which events an address asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from evaluation.offline.models import Run
from registry.audit.actions import ACTIONS
from registry.audit.export import within
from registry.audit.models import Event
from registry.audit.record import chain_of
from registry.audit.words import action_words
from registry.projects.models import Project
from registry.prompts.models import Prompt, Version
from registry.web.ledger.filters import LONGEST, by_person, prompt_named
from registry.web.ledger.moments import TypedPeriod, typed_period


@dataclass(frozen=True)
class EventFilter:
    """What was typed into the filter of the audit trail."""

    person: str
    action: str
    prompt: str
    text: str
    request: str
    when: TypedPeriod

    @classmethod
    def of(cls, query: Mapping[str, str], *, now: datetime) -> "EventFilter":
        """Read an address; an action that does not exist is none."""
        typed = {
            name: query.get(name, "").strip()[:LONGEST]
            for name in ("person", "action", "prompt", "text", "request")
        }
        if typed["action"] not in ACTIONS:
            typed["action"] = ""
        return cls(**typed, when=typed_period(query, now=now))

    @property
    def is_set(self) -> bool:
        """Does it leave anything out?"""
        typed = (self.person, self.action, self.prompt, self.text, self.request)
        return any(typed) or not self.when.period.is_open

    def events(self, project: Project) -> QuerySet[Event]:
        """Return the events of `project`, newest first."""
        rows = Event.objects.filter(chain=chain_of(project)).order_by("-seq")
        if self.person:
            rows = rows.filter(by_person(self.person))
        if self.action:
            rows = rows.filter(action=self.action)
        if self.prompt:
            rows = rows.filter(_about_prompt(project, self.prompt))
        if self.text:
            rows = rows.filter(_says(self.text))
        if self.request:
            rows = rows.filter(request_id=self.request)
        return within(rows, self.when.period).select_related("actor")


def action_groups() -> dict[str, list[tuple[str, str]]]:
    """Return the registered actions in words, by what they are about."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in sorted(ACTIONS):
        noun = action.partition(".")[0].replace("_", " ")
        groups.setdefault(noun, []).append((action, action_words(action).rstrip(":")))
    return groups


def _about_prompt(project: Project, typed: str) -> Q:
    """Match events about a prompt (or all in a folder), its versions and its runs."""
    prompts = Prompt.objects.filter(prompt_named(typed, "name"), project=project)
    kinds = {
        "prompt": prompts,
        "version": Version.objects.filter(prompt__in=prompts),
        "run": Run.objects.filter(prompt__in=prompts),
    }
    wanted = Q()
    for kind, rows in kinds.items():
        ids = rows.order_by().annotate(text=Cast("pk", CharField())).values("text")
        wanted |= Q(object_type=kind, object_id__in=ids)
    return wanted


def _says(typed: str) -> Q:
    wanted = Q()
    for column in ("object_name", "reason", "actor_name", "before", "after"):
        wanted |= Q(**{f"{column}__icontains": typed})
    return wanted
