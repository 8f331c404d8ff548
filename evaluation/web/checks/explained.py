"""The guide to the types of checks, as pages and their script read it."""

from typing import Any

from evaluation.domain.checks import KINDS, Output, parse_check
from evaluation.domain.checks.guide import GUIDE
from evaluation.web.checks.written import initial_row


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the types under their headings, for a select."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, entry in GUIDE.items():
        groups.setdefault(entry.group, []).append((name, KINDS[name].title))
    return list(groups.items())


def explained(name: str) -> dict[str, Any]:
    """Return a type in words: its title and help, and its example with what passes and fails."""
    entry = GUIDE[name]
    return {
        "title": KINDS[name].title,
        "help": entry.help,
        "example": parse_check({"type": name, **entry.example}).label,
        "passes": _answer(entry.passes),
        "fails": _answer(entry.fails),
    }


def filled(name: str) -> dict[str, Any]:
    """Return which fields a type has, what they ask for, and the example's values of them."""
    entry = GUIDE[name]
    row = initial_row({"type": name, **entry.example})
    return {
        "fields": KINDS[name].fields,
        "asks": entry.asks,
        "unit": entry.unit,
        "fill": {field: value for field, value in row.items() if field not in ("type", "tags")},
    }


def _answer(output: Output) -> str:
    """Return an answer of the guide in words, with the figure that matters."""
    if output.latency_ms is not None:
        return f"An answer after {output.latency_ms:,.0f} ms"
    if output.cost is not None:
        return f"An answer for ${output.cost}"
    if output.usage:
        return f"An answer of {output.usage['output_tokens']:,} tokens"
    if output.finish_reason:
        return f"An answer that ended because of {output.finish_reason}"
    return f"“{output.text}”" if output.text.strip() else "An answer of blanks"
