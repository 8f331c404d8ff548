"""Prompt text on pages: always escaped, with its variables marked; settings as rows in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from registry.domain.template import parse
from registry.web.compare.schema_words import place_words
from registry.web.compare.words import value_words

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
def config_rows(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each parameter and its value in words, the model first."""
    names = sorted(config, key=lambda name: (name != "model", name))
    return [(name.replace("_", " "), value_words(config[name])) for name in names]


@register.filter
def schema_rows(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each place of an output schema and what it says there, in words."""
    return [(place_words(keys), value_words(value)) for keys, value in _leaves(schema, ())]


def _leaves(value: Any, keys: Sequence[str]) -> list[tuple[Sequence[str], Any]]:
    """Return what stands deepest, with the keys that lead there; plain lists stay whole."""
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        value = {str(number): item for number, item in enumerate(value, 1)}
    if not isinstance(value, dict) or not value:
        return [(keys, value)]
    return [leaf for key, item in value.items() for leaf in _leaves(item, (*keys, key))]
