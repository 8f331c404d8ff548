"""Live answers on pages: what was masked stands out, and a score has a word."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evaluation.domain.checks.mask import MARK
from registry.templatetags.compared import with_chips

SHOWN = 6_000  # characters of one text on a page

register = template.Library()


@register.filter
def marked(text: object) -> SafeString:
    """Return a stored text escaped, each mark of private data as such; what is long is cut."""
    whole = str(text)
    shown = with_chips(whole[:SHOWN])
    # Whatever stood in the text is escaped by now, and a mark holds letters alone.
    lines = SafeString(MARK.sub(r'<mark class="masked">\1 masked</mark>', shown))
    rest = len(whole) - SHOWN
    return format_html("{} … {} more characters", lines, f"{rest:,}") if rest > 0 else lines


@register.filter
def score_word(value: float) -> str:
    """Return a score of 0 to 1 as a word."""
    return "poor" if value < 0.5 else "weak" if value < 0.7 else "fair" if value < 0.85 else "good"


@register.filter
def score_tone(value: float) -> str:
    """Return the class of the chip of a score."""
    return {"poor": "bad", "weak": "warn", "fair": "", "good": "good"}[score_word(value)]


@register.filter
def arm_words(arm: str) -> str:
    """Return what an arm is to a reader."""
    known = {"treatment": "new version", "control": "production", "staging": "staging"}
    return known.get(arm, "asked for by number")
