"""Figures of judges as people read them."""

from django import template

from evaluation.domain.judge.agreement import Agreement
from evaluation.offline.judging.standing import Standing
from evaluation.offline.models import JudgeVersion
from evaluation.providers.connections import SIMULATED

FEW = 10  # answers below which kappa says nothing

register = template.Library()


@register.filter
def share(value: float) -> str:
    """Return a share of 0 to 1 as `62 %`."""
    return f"{100 * value:.0f}\u00a0%"


@register.filter
def kappa_of(found: Agreement | Standing, answers: int) -> str:
    """Return kappa, or a dash where it is not defined or rests on a handful of answers."""
    if found.kappa is None or answers < FEW:
        return "–"
    return f"{found.kappa:.2f}".replace("-", "−")


@register.filter
def through(version: JudgeVersion) -> str:
    """Return whom a judge version asks: `gpt-… via openai`."""
    if version.connection == SIMULATED:
        return "the simulated connection, which asks no model"
    return f"{version.model} via {version.connection}"


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
