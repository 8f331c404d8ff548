"""Prompt text on pages: always escaped, with its variables marked."""

import json
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from registry.domain.template import parse

register = template.Library()


@register.filter
def with_variables(text: str) -> SafeString:
    """Return `text` escaped, each `{{variable}}` inside <mark>."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", text[span.start : span.end]),)
            if span.name
            else (text[span.start : span.end],)
            for span in parse(text).spans
        ),
    )


@register.filter
def as_json(value: Any) -> str:
    """Return JSON as people read it; the template escapes it."""
    return json.dumps(value, indent=2, ensure_ascii=False)
