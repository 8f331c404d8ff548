"""The record of one version's release, to print: all that one would show an auditor."""

from typing import Any

from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.http import HttpResponse

from evaluation.offline.models import Run
from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.audit.record import chain_of
from registry.audit.words import action_words
from registry.domain.diff import compare
from registry.domain.roles import Action
from registry.prompts.models import Version
from registry.release.exposure import Spell, exposure
from registry.release.ledger import timeline
from registry.web.audit.badge import badge_of
from registry.web.compare.words import summary_words
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_version
from registry.web.prompts.table import marks_of, state_of
from registry.web.prompts.version_facts import origin_of, pins, replaced_version, scores

EVENTS = 300  # of one version; more are named, not listed


@needs(Action.VIEW)
def release_record(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Show the record."""
    version = find_version(request, name, semver)
    release = version.release
    verdict = release.verdict
    spells = exposure(version)
    events = list(_events(version)[: EVENTS + 1])
    context = {
        "project": request.project,
        "prompt": version.prompt,
        "version": version,
        "release": release,
        "state": state_of(version),
        "marks": marks_of(version),
        "origin": origin_of(version),
        "labels": version.labels.all(),
        "contributors": version.contributors.select_related("person"),
        "verdict": verdict,
        "scores": scores(verdict) if verdict else [],
        "pins": pins(verdict, version) if verdict else [],
        "approvals": version.approvals.select_related("approver").order_by("id"),
        "waivers": version.waivers.select_related("by").order_by("id"),
        "confirmations": version.meaning_confirmations.select_related("person", "against"),
        "timeline": [step for step in timeline(version) if step.state == "done"],
        "headline": _headline(version, spells),
        "spells": spells,
        "events": [(event, action_words(event.action)) for event in events[:EVENTS]],
        "events_cut": len(events) > EVENTS,
        "badge": badge_of(request.project),
        "printed_at": database_now(),
        **_difference(version),
    }
    title = f"Release record of {version.prompt.name} {semver}"
    return page(request, "registry/audit/record.html", context, title=title)


def _headline(version: Version, spells: list[Spell]) -> str:
    """Return where the version is, in a sentence that is still true on paper."""
    if any(label.name == "production" for label in version.labels.all()):
        return "Production served it when this was printed."
    if any(spell.label == "production" for spell in spells):
        return "Production has served it; another version has taken its place."
    if any(spell.label == "canary" for spell in spells):
        return "A share of production's traffic has got it; production has never served it."
    return "Staging has served it; production never has." if spells else "Nothing has served it."


def _difference(version: Version) -> dict[str, Any]:
    """Return what changed against the version that this one replaced, in words."""
    old = replaced_version(version)
    if old is None:
        return {}
    old.prompt = version.prompt
    found = compare(old.as_content(), version.as_content())
    return {"old": old, "summary": summary_words(found)}


def _events(version: Version) -> Any:
    """Return the events about `version` and its runs, oldest first."""
    runs = Run.objects.filter(version=version).order_by().annotate(t=Cast("pk", CharField()))
    about = Q(object_type="version", object_id=str(version.pk))
    about |= Q(object_type="run", object_id__in=runs.values("t"))
    rows = Event.objects.filter(about, chain=chain_of(version.prompt.project))
    return rows.select_related("actor").order_by("seq")
