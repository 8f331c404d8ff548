"""The page of one prompt: what it serves, its rollout, its versions, how to fetch it."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse
from django.urls import reverse

from registry.audit.clock import database_now
from registry.domain.roles import Action
from registry.prompts.models import Prompt, Version
from registry.release.models import Label, LabelEvent, Rollout
from registry.release.planned import waiting_starts
from registry.release.rollback import under_way, way_back
from registry.runtime.callers import callers_of, warnings_among, warnings_of
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.find import find_prompt
from registry.web.prompts.rollout_card import RolloutCard, rollout_card
from registry.web.prompts.served import served_rows
from registry.web.prompts.table import texts_of
from registry.web.prompts.used_by import used_by
from registry.web.prompts.version_pages import version_page

WAYS_BACK_WARNED = 5


@needs(Action.VIEW)
def show_prompt(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show the prompt."""
    return prompt_page(request, find_prompt(request, name))


def prompt_url(prompt: Prompt) -> str:
    """Return the address of the prompt's page."""
    return reverse("prompt", args=[prompt.project.slug, prompt.name])


def prompt_page(
    request: ProjectRequest, prompt: Prompt, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Answer the page; with `problem`, why the last click was refused, and what was typed."""
    actor, project = request.actor, request.project
    served = served_rows(prompt)
    production = next((row.label for row in served if row.label.name == "production"), None)
    running, now = under_way(prompt), database_now()
    card = rollout_card(running, now=now) if running else None
    back, ways_back = way_back(prompt), _ways_back(prompt, production)
    shown = version_page(request, prompt)
    no_advance = why_not(actor, Action.ADVANCE, project) if running else None
    path = f"/api/v1/prompts/{prompt.name}?label=production"
    context = {
        "project": project,
        "prompt": prompt,
        "aliases": list(prompt.aliases.order_by("name")),
        "served": served,
        "production": production,
        "card": card,
        "planned": waiting_starts(prompt),
        "no_cancel": why_not(actor, Action.START_ROLLOUT, project),
        "shown": shown,
        "rows": shown.rows,
        "newest": shown.newest.version if shown.newest else None,
        "way_back": back,
        "ways_back": ways_back,
        "advance_warnings": warnings_of(running.version, now=now) if running else [],
        "back_warnings": _back_warnings(_targets(running, back, ways_back), now=now),
        "used_by": used_by(prompt, now=now),
        "no_edit": why_not(actor, Action.EDIT_TEXT, project),
        "no_advance": no_advance,
        "no_roll_back": why_not(actor, Action.ROLL_BACK, project),
        "no_hold": why_not(actor, Action.HOLD, project),
        "main_thing": _main_thing(card, may_advance=running is not None and not no_advance),
        "page_url": request.build_absolute_uri(prompt_url(prompt)),
        "fetch_url": request.build_absolute_uri(path),
        "problem": problem,
        "typed": request.POST.get("reason", ""),
    }
    return page(request, "registry/prompt.html", context, title=prompt.name, status=status)


def _targets(
    running: Rollout | None, back: Version | None, ways_back: list[Version]
) -> list[Version]:
    """Return where a click may lead back to: during a rollout to one version only."""
    return [back, *([] if running else ways_back)] if back else []


def _back_warnings(targets: Sequence[Version], *, now: datetime) -> list[tuple[str, list[str]]]:
    """Return what going back to each of the first targets would break: (version, warnings)."""
    callers = callers_of(targets[0].prompt, now=now) if targets else []
    if not callers:
        return []
    asked = list(dict.fromkeys(target.pk for target in targets))[:WAYS_BACK_WARNED]
    found = Version.objects.select_related("prompt").in_bulk(asked)
    told = [(found[pk].semver, warnings_among(callers, found[pk])) for pk in asked]
    return [(semver, warnings) for semver, warnings in told if warnings]


def _main_thing(card: RolloutCard | None, *, may_advance: bool) -> str:
    """Return which button is the main one: what is due now comes before the next edit."""
    if card is None or not may_advance:
        return "edit"
    if card.rollout.held_reason:
        return "resume"
    return "advance" if card.needs_person else "edit"


def _ways_back(prompt: Prompt, production: Label | None) -> list[Version]:
    """Return the versions that have held production and do not now, the latest holder first."""
    events = LabelEvent.objects.filter(prompt=prompt, name="production").order_by("-id")
    seen: dict[int, Version] = {}
    events = events.select_related("version_after").defer(*texts_of("version_after"))
    for event in events[:200]:
        seen.setdefault(event.version_after_id, event.version_after)
    if production:
        seen.pop(production.version_id, None)
    return list(seen.values())
