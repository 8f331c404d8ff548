"""Checks of what an answer must not give away: keys and passwords, personal data."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from evaluation.domain.checks.base import CheckError, Finding, Kind, Output, Test
from evaluation.domain.checks.pii import find_pii
from registry.domain import secrets
from registry.domain.secrets import find_secrets

MAX_ALLOWED = 100


def _no_secrets(data: Mapping[str, Any]) -> tuple[str, Test]:
    def test(output: Output) -> Finding:
        return _none(find_secrets(output.text), "secret")

    return "holds no secret", test


def _no_pii(data: Mapping[str, Any]) -> tuple[str, Test]:
    allowed = data.get("allow", [])
    if not isinstance(allowed, list) or not all(isinstance(text, str) for text in allowed):
        raise CheckError("allow", "Write what may stand there, one on each line.")
    if len(allowed) > MAX_ALLOWED:
        raise CheckError("allow", f"At most {MAX_ALLOWED} texts that may stand there.")

    def test(output: Output) -> Finding:
        return _none(find_pii(output.text, allowed), "personal data")

    return "holds no personal data", test


def _none(found: list[secrets.Finding], what: str) -> Finding:
    """Say what was found by kind and line, never the thing itself: reports are read by many."""
    if not found:
        return Finding(True, f"The answer holds no {what} that could be recognised.")
    return Finding(False, f"The answer holds {in_words(found)}.")


def in_words(found: list[secrets.Finding]) -> str:
    """Return what was found and where: `an email address (line 2), a phone number (lines 2, 5)`."""
    ordered = sorted(found, key=lambda finding: (finding.kind, finding.line))
    told = []
    for kind, same in groupby(ordered, key=lambda finding: finding.kind):
        lines = list(dict.fromkeys(str(finding.line) for finding in same))
        shown = ", ".join(lines[:5]) + (", …" if len(lines) > 5 else "")
        told.append(f"{kind} (line{'s' if len(lines) > 1 else ''} {shown})")
    return ", ".join(told)


KINDS = {
    "no_secrets": Kind("holds no secret", (), _no_secrets),
    "no_pii": Kind("holds no personal data", ("allow",), _no_pii),
}
