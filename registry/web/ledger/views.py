"""The ledger of one prompt: what did a label serve at a moment, who moved it when and why."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from registry.audit.clock import database_now
from registry.domain.periods import PRESETS
from registry.domain.roles import Action
from registry.prompts.models import Prompt
from registry.release.exposure import Spell, canary_at, held_spells
from registry.release.ledger import moves_at
from registry.release.models import LabelEvent
from registry.release.models_serving import LabelName
from registry.web.ledger.bars import bars_of
from registry.web.ledger.export import csv_answer
from registry.web.ledger.filters import MoveFilter, people_of
from registry.web.ledger.keyset import page_of
from registry.web.ledger.moments import past_moment
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt

DRAWN = 300  # moves that the drawing looks at, the newest ones


@needs(Action.VIEW)
def ledger(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Answer "what did <label> serve at <moment>?" and list the moves of all labels."""
    prompt = find_prompt(request, name)
    now = database_now()
    asked = MoveFilter.of(request.GET, now=now)
    answer = _answer(request, prompt)
    context = {
        "project": request.project,
        "prompt": prompt,
        "asked": asked,
        "shown": page_of(asked.moves(request.project, prompt), request.GET.get("before", "")),
        "bars": bars_of(_spells(prompt), now=now),
        "people": people_of(request.project),
        "presets": PRESETS,
        "label_names": LabelName.values,
        "zone": timezone.localtime().tzname(),
        **answer,
    }
    status = 400 if answer["problem"] or asked.when.problem else 200
    title = f"Ledger of {prompt.name}"
    return page(request, "registry/ledger/prompt.html", context, title=title, status=status)


@needs(Action.VIEW)
def ledger_export(request: ProjectRequest, slug: str, name: str) -> HttpResponseBase:
    """Send the moves that the filter asks for as CSV."""
    prompt = find_prompt(request, name)
    asked = MoveFilter.of(request.GET, now=database_now())
    asked.when.checked()
    file = f"ledger-{slug}-{name.replace('/', '-')}.csv"
    return csv_answer(asked.moves(request.project, prompt), file)


def _answer(request: ProjectRequest, prompt: Prompt) -> dict[str, Any]:
    """Return what the label served at the moment that was asked for."""
    typed = request.GET.get("at", "")
    label = request.GET.get("of", "production")
    label = label if label in LabelName.values else "production"
    moment, problem = past_moment(typed, now=timezone.now())
    moves = moves_at([prompt], label, moment) if moment else {}
    canary = canary_at([prompt], moment) if moment and label == "production" else {}
    return {
        "of": label,
        "typed": typed,
        "moment": moment,
        "problem": problem,
        "event": moves.get(prompt.pk),
        "canary": canary.get(prompt.pk),
    }


def _spells(prompt: Prompt) -> list[Spell]:
    """Return what each label served, from the newest moves."""
    numbers = [f"version_after__{part}" for part in ("major", "minor", "patch")]
    rows = LabelEvent.objects.filter(prompt=prompt).select_related("version_after")
    newest = list(rows.only("name", "at", "prompt", "version_after", *numbers)[:DRAWN])
    return [
        spell
        for label in LabelName.values
        for spell in held_spells(move for move in newest if move.name == label)
    ]
