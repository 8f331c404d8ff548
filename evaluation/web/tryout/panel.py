"""What the panel offers before anything is asked: cases, connections, and what is missing."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

from evaluation.offline.models import TryOut
from evaluation.offline.tryouts.start import CASES
from evaluation.providers import connections
from registry.audit.clock import database_now
from registry.prompts.models import Prompt
from registry.web.editor.cases import Cases
from registry.web.permissions import ProjectRequest

SHOWN_AGAIN = timedelta(hours=1)  # so long a page that is opened anew shows the last answers


@dataclass(frozen=True)
class Offered:
    """A golden case to choose: its id and the beginning of what it asks."""

    id: str
    about: str
    chosen: bool


@dataclass(frozen=True)
class Panel:
    """The panel of one prompt for one person; `last` is the address of their last answers."""

    url: str
    most: int
    cases: list[Offered]
    more: bool
    lacking: str
    connections: list[tuple[str, str]]
    chosen: str
    only_simulated: bool
    last: str


def try_out_panel(request: ProjectRequest, cases: Cases) -> dict[str, Panel]:
    """Return the panel for the editor's page, as its context."""
    prompt = cases.prompt
    seen, more = cases.seen
    names = connections.names()
    suites = cases.basis.holds.connection if cases.basis else ""
    return {
        "try_out": Panel(
            url=reverse("try_out_start", args=[prompt.project.slug, prompt.name]),
            most=CASES,
            cases=[Offered(id, about, chosen=at == 0) for at, (id, about) in enumerate(seen)],
            more=more,
            lacking="" if seen else _lacking(cases),
            connections=[(name, connection_words(name)) for name in names],
            # The suite's; else the first, which is a real one where there is any.
            chosen=suites if suites in names else names[0],
            only_simulated=names == [connections.SIMULATED],
            last=_last(request, prompt),
        )
    }


def connection_words(name: str) -> str:
    """Return the name of a connection, the simulated one with what it is."""
    return f"{name} (no model is asked)" if name == connections.SIMULATED else name


def _lacking(cases: Cases) -> str:
    if cases.suite is None:
        return "Nobody has chosen golden cases for this prompt."
    if cases.snapshot is None:
        return f"The dataset {cases.suite.dataset} has no cases yet."
    return f"Every case of {cases.suite.dataset} is held out from those who write the text."


def _last(request: ProjectRequest, prompt: Prompt) -> str:
    rows = TryOut.objects.filter(prompt=prompt, person=request.user)
    found = rows.filter(created_at__gt=database_now() - SHOWN_AGAIN).first()
    return reverse("try_out", args=[prompt.project.slug, found.pk]) if found else ""
