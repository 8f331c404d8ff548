"""What the panel offers before anything is asked: cases, connections, and what is missing."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Left
from django.urls import reverse

from evaluation.offline.cases import HOLDOUT
from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.models import Snapshot, Suite, TryOut
from evaluation.offline.suites import suite_of
from evaluation.offline.tryouts.start import CASES
from evaluation.providers import connections
from registry.audit.clock import database_now
from registry.prompts.models import Prompt
from registry.web.permissions import ProjectRequest

OFFERED = 200  # cases in the choice
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


def try_out_panel(request: ProjectRequest, prompt: Prompt) -> dict[str, Panel]:
    """Return the panel for the editor's page, as its context."""
    suite = suite_of(prompt)
    snapshot = latest_snapshot(suite.dataset) if suite else None
    cases, more = _offered(snapshot)
    names = connections.names()
    slug = prompt.project.slug
    return {
        "try_out": Panel(
            url=reverse("try_out_start", args=[slug, prompt.name]),
            most=CASES,
            cases=cases,
            more=more,
            lacking="" if cases else _lacking(suite, snapshot),
            connections=[(name, connection_words(name)) for name in names],
            # The suite's; else the first, which is a real one where there is any.
            chosen=suite.connection if suite and suite.connection in names else names[0],
            only_simulated=names == [connections.SIMULATED],
            last=_last(request, prompt),
        )
    }


def connection_words(name: str) -> str:
    """Return the name of a connection, the simulated one with what it is."""
    return f"{name} (no model is asked)" if name == connections.SIMULATED else name


def _offered(snapshot: Snapshot | None) -> tuple[list[Offered], bool]:
    """Return the first cases that may be seen, and whether there are more."""
    if snapshot is None:
        return [], False
    rows = snapshot.cases.order_by("position").annotate(about=Left("query", 200))
    looked = list(rows.values_list("case_id", "about", "tags")[: 2 * OFFERED])
    seen = [(case_id, about) for case_id, about, tags in looked if HOLDOUT not in tags]
    found = [
        Offered(case_id, " ".join(about.split())[:90], chosen=at == 0)
        for at, (case_id, about) in enumerate(seen[:OFFERED])
    ]
    return found, len(seen) > OFFERED or snapshot.case_count > len(looked)


def _lacking(suite: Suite | None, snapshot: Snapshot | None) -> str:
    if suite is None:
        return "Nobody has chosen golden cases for this prompt."
    if snapshot is None:
        return f"The dataset {suite.dataset} has no cases yet."
    return f"Every case of {suite.dataset} is held out from those who write the text."


def _last(request: ProjectRequest, prompt: Prompt) -> str:
    rows = TryOut.objects.filter(prompt=prompt, person=request.user)
    found = rows.filter(created_at__gt=database_now() - SHOWN_AGAIN).first()
    return reverse("try_out", args=[prompt.project.slug, found.pk]) if found else ""
