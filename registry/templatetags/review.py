"""Who confirmed a meaning, and the warning before a reviewer becomes a writer."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from registry.domain.lifecycle import Clearance
from registry.domain.roles import Role
from registry.projects.access import people_with, roles_of
from registry.prompts.models import Prompt, Version
from registry.release.models import MeaningConfirmation

register = template.Library()

# Where a signature is still wanted, or will be on the next version.
_WANTED = (Clearance.IN_REVIEW, Clearance.UNDECIDED, Clearance.CHANGES_REQUESTED)


@register.simple_tag
def meaning_chips(version: Version) -> SafeString:
    """`meaning confirmed by Rui`: chips that stay on a version for ever."""
    rows = MeaningConfirmation.objects.filter(version=version).select_related("person", "against")
    return format_html_join(
        " ",
        '<span class="chip warn" title="{}">meaning confirmed by {}</span>',
        (
            (format_html("Against {}: {}", row.against.semver, row.reason), row.person)
            for row in rows.defer("against__content", "against__config", "against__output_schema")
        ),
    )


@register.inclusion_tag("registry/review/_before_editing.html", takes_context=True)
def before_editing(context: dict[str, Any], prompt: Prompt, base: Version | None) -> dict[str, Any]:
    """Warn a reviewer who may still sign `base` that saving from it makes them one of its writers.

    Shows nothing to others. Put it above the editor's form.
    """
    person = context["request"].user
    if base is None or Role.REVIEWER not in roles_of(person, prompt.project):
        return {"warn": False}
    writers = set(base.contributors.values_list("person_id", flat=True))
    if base.release.state not in _WANTED or person.pk in writers:
        return {"warn": False}
    others = [p for p in people_with(prompt.project, Role.REVIEWER) if p.pk not in writers]
    others = [p for p in others if p.pk != person.pk]
    return {
        "warn": True,
        "base": base,
        "others": others,
        "project": prompt.project,
        "prompt": prompt,
    }
