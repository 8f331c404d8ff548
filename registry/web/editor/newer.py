"""The versions that were saved while somebody edits, and are not in their draft yet."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from registry.projects.models import Person
from registry.prompts.ancestry import line_of
from registry.prompts.drafts import live_draft
from registry.prompts.models import Prompt, Version

SHOWN = 5


def newer_versions(
    prompt: Prompt, seen: int, *, base: Version | None, person: Person | None
) -> list[Version]:
    """Return the versions above revision `seen`, oldest first, at most five.

    Left out is what the draft holds already: its base with what that was edited from, and
    what was merged into it.
    """
    rows = prompt.versions.filter(revision__gt=seen).select_related("author")
    found = list(rows.order_by("revision")[: SHOWN * 4])
    if not found:
        return []
    draft = live_draft(prompt, person) if person else None
    known = {*line_of(base), *(draft.sources if draft else ())}
    return [version for version in found if version.pk not in known][:SHOWN]


def newer_notice(
    request: HttpRequest, prompt: Prompt, base: Version | None, newer: list[Version]
) -> str:
    """Return the banner that names them and offers to compare, merge, or keep one's own."""
    context = {"project": prompt.project, "prompt": prompt, "base": base, "newer": newer}
    return render_to_string("registry/editor/_newer.html", context, request=request).strip()
