"""Words that people typed, with what cannot be seen in them shown as chips."""

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from registry.domain.unicode import hidden_characters

register = template.Library()


@register.filter
def visible(text: object) -> SafeString:
    """Return `text` escaped; a control that turns the reading direction cannot act on the page."""
    words = "" if text is None else str(text)
    found = hidden_characters(words)
    if not found:
        return escape(words)
    pieces, start = [], 0
    for hidden in found:
        pieces.append(escape(words[start : hidden.index]))
        chip = '<span class="hidden-char" title="{}">{}</span>'
        pieces.append(format_html(chip, hidden.name, hidden.codepoint))
        start = hidden.index + 1
    pieces.append(escape(words[start:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))
