"""Names and values of a mapping whose names strangers chose."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def pairs(mapping: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    """Return (name, value) of each entry.

    `mapping.items` in a template is the value named "items" where there is one.
    """
    return list(mapping.items()) if mapping else []
