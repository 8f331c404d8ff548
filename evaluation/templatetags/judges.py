"""Figures of judges as people read them."""

from django import template

register = template.Library()


@register.filter
def share(value: float) -> str:
    """Return a share of 0 to 1 as `62 %`."""
    return f"{value:.0%}".replace("%", " %")


@register.filter
def bias_words(bias: float | None) -> str:
    """Return by how many points a judge scores higher or lower than people."""
    if bias is None:
        return "–"
    if abs(bias) < 0.05:
        return "none"
    return f"{abs(bias):.1f} {'higher' if bias > 0 else 'lower'}"


@register.filter
def without(whole: int, part: int) -> int:
    """Return the rest."""
    return whole - part
