"""The box that tries the checks of a form, for any page that includes their rows."""

from typing import Any

from django import template

from evaluation.web.checks.trial import try_panel

register = template.Library()


@register.simple_tag(takes_context=True)
def check_trial(context: template.Context) -> dict[str, Any] | None:
    """What the box shows on a page about `project`, and `prompt` where there is one.

    None for those who may not edit: the page says `no_edit`.
    """
    if context.get("no_edit"):
        return None
    return try_panel(context["project"], context.get("prompt"))
