"""States, risks and labels as chips: a colour and always the word."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Class of the chip by word; what is not named here is neutral.
TONES = {
    "MAJOR": "warn",
    "in_review": "warn",
    "undecided": "warn",
    "evaluating": "live",
    "cleared": "good",
    "complete": "good",
    "pass": "good",
    "passed": "good",
    "queued": "live",
    "running": "live",
    "errored": "bad",
    "production": "good",
    "staging": "live",
    "canary": "live",
    "soaking": "live",
    "A/B test": "live",
    "failed": "bad",
    "fail": "bad",
    "error": "bad",
    "rejected": "bad",
    "changes_requested": "bad",
    "rolled_back": "bad",
    "inconclusive": "warn",
    "unreviewed": "warn",
    "unevaluated": "warn",
    "unmeasured": "warn",
    "simulated": "warn",
    "held": "warn",
    "sandbox": "warn",
    "adopted": "warn",
    "sound": "good",
    "weak": "bad",
    "not measured": "warn",
    "no_score": "bad",
    "context cut": "warn",
}
WORDS = {
    "in_review": "in review",
    "pass": "passed",
    "fail": "failed",
    "adopted": "adopted, not evaluated here",
}


@register.simple_tag
def chip(word: str) -> SafeString | str:
    """A chip for a state, risk, label or outcome; nothing for an empty word."""
    if not word:
        return ""
    words = WORDS.get(word, word.replace("_", " "))
    return format_html('<span class="chip {}">{}</span>', TONES.get(word, ""), words)
