"""The ledger of a project: what changed, and what every prompt served at a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from registry.audit.clock import database_now
from registry.domain.periods import PRESETS
from registry.domain.roles import Action
from registry.projects.models import Project
from registry.prompts.models import Prompt
from registry.release.exposure import canary_at
from registry.release.ledger import moves_at
from registry.release.models import LabelEvent, Segment
from registry.release.models_serving import LabelName
from registry.web.ledger.export import csv_answer
from registry.web.ledger.filters import MoveFilter, people_of, prompt_named
from registry.web.ledger.keyset import page_of
from registry.web.ledger.moments import past_moment
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

PROMPTS = 50  # a page of prompts


@dataclass(frozen=True)
class Served:
    """What one prompt's label served at a moment; `event` is None before its first move."""

    prompt: Prompt
    event: LabelEvent | None
    canary: Segment | None


@needs(Action.VIEW)
def project_ledger(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the moves of all prompts; with a moment, what each of them served then."""
    project = request.project
    asked = MoveFilter.of(request.GET, now=database_now())
    typed = request.GET.get("at", "")
    moment, problem = past_moment(typed, now=timezone.now())
    context = {
        "project": project,
        "place": "ledger",
        "asked": asked,
        "typed": typed,
        "moment": moment,
        "problem": problem,
        "people": people_of(project),
        "label_names": LabelName.values,
        "presets": PRESETS,
        "zone": timezone.localtime().tzname(),
    }
    if moment:
        context |= served_at(project, moment, asked, after=request.GET.get("after", ""))
    else:
        context["shown"] = page_of(asked.moves(project), request.GET.get("before", ""))
    status = 400 if problem or asked.when.problem else 200
    title = f"Ledger of {project.name}"
    return page(request, "registry/ledger/project.html", context, title=title, status=status)


@needs(Action.VIEW)
def project_ledger_export(request: ProjectRequest, slug: str) -> HttpResponseBase:
    """Send the moves that the filter asks for as CSV."""
    asked = MoveFilter.of(request.GET, now=database_now())
    asked.when.checked()
    return csv_answer(asked.moves(request.project), f"ledger-{slug}.csv")


def served_at(
    project: Project, moment: datetime, asked: MoveFilter, *, after: str
) -> dict[str, Any]:
    """Return what the prompts served at `moment`, by name; `after` ends the page before."""
    label = asked.label or "production"
    moved = LabelEvent.objects.filter(prompt=OuterRef("pk"), at__lte=moment)
    existed = Q(created_at__lte=moment) | Exists(moved)  # an adopted label may be older
    rows = Prompt.objects.filter(existed, project=project, name__gt=after)
    if asked.prompt:
        rows = rows.filter(prompt_named(asked.prompt, "name"))
    prompts = list(rows.order_by("name")[: PROMPTS + 1])
    shown = prompts[:PROMPTS]
    moves = moves_at(shown, label, moment)
    canaries = canary_at(shown, moment) if label == "production" else {}
    return {
        "served": [Served(p, moves.get(p.pk), canaries.get(p.pk)) for p in shown],
        "of": label,
        "later": shown[-1].name if len(prompts) > PROMPTS else "",
        "after": after,
    }
