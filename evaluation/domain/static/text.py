"""Checks of any text: it parses, renders, hides nothing, and was not left half done."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from evaluation.domain.checks import Outcome, Result, SchemaError, Severity, check_schema
from evaluation.domain.checks.pii import find_pii
from evaluation.domain.static.rendered import render_cases
from registry.domain.content import Content
from registry.domain.leaks import find_leaks
from registry.domain.rendering import problems
from registry.domain.secrets import Finding
from registry.domain.template import TemplateError, Value
from registry.domain.unicode import hidden_characters

MAX_RENDERED = 1_000_000
SHOWN = 3

_CONFLICT = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)
_TODO = re.compile(r"\b(?:TODO|FIXME|TBD|XXX)\b")


def text_checks(
    old: Content | None,
    new: Content,
    cases: Sequence[Mapping[str, Value]],
    *,
    notes: Severity,
    personal: Severity,
) -> list[Result]:
    """Return the results; new notes to oneself and new personal data weigh what is given."""
    return [
        verdict("parses", "has sound {{variables}}", [str(found) for found in problems(new)]),
        *_rendering(new, cases),
        verdict("hidden", "hides no characters", _hidden(new)),
        verdict("secrets", "holds no secrets", _secrets(new)),
        verdict("conflicts", "has no marks of a merge", _conflicts(new)),
        verdict("notes", "has no new notes to oneself", _notes(old, new), notes),
        verdict("pii", "names no new personal data", _personal(old, new), personal),
        verdict("schema", "has a usable output schema", _schema(new)),
    ]


def verdict(
    check: str, label: str, faults: Sequence[str], severity: Severity = Severity.BLOCKER
) -> Result:
    """Return a pass without faults, else a fail that names the first few."""
    if not faults:
        return Result(check, label, Outcome.PASS, f"The prompt {label}.", severity)
    more = f" And {len(faults) - SHOWN} more." if len(faults) > SHOWN else ""
    return Result(check, label, Outcome.FAIL, " ".join(faults[:SHOWN]) + more, severity)


def _rendering(new: Content, cases: Sequence[Mapping[str, Value]]) -> list[Result]:
    """Say whether every case can be put in, and how long the result is at most."""
    renders, length = "takes the values of every case", "has a bearable length"
    try:
        rendered = render_cases(new, cases)
    except TemplateError:
        reason = "Not looked at, since the text does not parse."
        return [
            Result(check, label, Outcome.SKIPPED, reason)
            for check, label in (("renders", renders), ("length", length))
        ]
    longest = max(rendered.lengths, default=0)
    long = (
        [f"A case makes the prompt {longest:,} characters long; the limit is {MAX_RENDERED:,}."]
        if longest > MAX_RENDERED
        else []
    )
    return [verdict("renders", renders, rendered.faults), verdict("length", length, long)]


def _hidden(content: Content) -> list[str]:
    return [
        f"In {place}, line {found.line}, column {found.column} stands a character nobody can "
        f"see: {found.name} ({found.codepoint}). Delete it."
        for place, text in content.parts()
        for found in hidden_characters(text)
    ]


def _secrets(content: Content) -> list[str]:
    """Name the kind and the place; the secret itself is repeated nowhere."""
    return [
        f"In {leak.place}, line {leak.finding.line} looks like a secret ({leak.finding.kind}). "
        "Take it out."
        for leak in find_leaks(content)
    ]


def _personal(old: Content | None, new: Content) -> list[str]:
    """Find addresses, numbers and the like, unless production's version has as many of a kind.

    The address of the own help desk may well be meant, so this is a question, not a refusal.
    """
    known = Counter(found.kind for _, found in _pii(old)) if old else Counter[str]()
    there = Counter(found.kind for _, found in _pii(new))
    return [
        f"In {place}, line {found.line} holds {found.kind} ({found.redacted}). Take it out, "
        "unless everybody may read it."
        for place, found in _pii(new)
        if there[found.kind] > known[found.kind]
    ]


def _pii(content: Content) -> list[tuple[str, Finding]]:
    return [(place, found) for place, text in content.parts() for found in find_pii(text)]


def _conflicts(content: Content) -> list[str]:
    """Find the lines that a merge leaves; a row of = alone may underline a heading."""
    return [
        f"In {place}, line {_line(text, mark)} is left over from a merge: {mark.group()[:40]}"
        for place, text in content.parts()
        for mark in _CONFLICT.finditer(text)
        if mark.group()[0] != "=" or "<<<<<<<" in text
    ]


def _notes(old: Content | None, new: Content) -> list[str]:
    """Find TODO and the like, unless production's version says it as often."""
    before = sum(len(_TODO.findall(text)) for _, text in old.parts()) if old else 0
    found = [
        f"In {place}, line {_line(text, mark)} says {mark.group()}: finish it, or word it so that "
        "it cannot be taken for a note."
        for place, text in new.parts()
        for mark in _TODO.finditer(text)
    ]
    return found if len(found) > before else []


def _schema(content: Content) -> list[str]:
    if content.output_schema is None:
        return []
    try:
        check_schema(dict(content.output_schema))
    except SchemaError as error:
        return [str(error)]
    return []


def _line(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1
